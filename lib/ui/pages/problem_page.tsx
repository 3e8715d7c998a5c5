/** An error as a page: what happened in kind words, and the next step. */

export interface ProblemPageProps {
  title: string;
  msg: string;
  error?: string;
  /** For whoever has to look it up; shown small. */
  requestId?: string;
  actions: { label: string; href: string }[];
}

export function ProblemPage(
  { title, msg, error, requestId, actions }: ProblemPageProps,
) {
  return (
    <main class="page">
      <section
        class="panel problem"
        data-testid={`error-${error ?? "UNKNOWN"}`}
      >
        <i class="mark warn" />
        <h1>{title}</h1>
        <p>{msg}</p>
        {actions.map(({ label, href }, index) => (
          <a
            key={href + label}
            href={href}
            class={index === 0 ? "weui-btn weui-btn_primary" : "plain"}
          >
            {label}
          </a>
        ))}
        {requestId && <code>编号 {requestId}</code>}
      </section>
    </main>
  );
}
