/**
 * The few pieces of the sidebar's own. They look like those of the order's page, by
 * the same classes; a button that waits for a choice keeps the focus here.
 */
import type { ComponentChildren } from "preact";
import type { Problem } from "../model.ts";

export function Press({ id, kind, busy, disabled, onClick, children }: {
  id: string;
  kind: "primary" | "default" | "plain";
  busy?: boolean;
  disabled?: boolean;
  onClick: () => void;
  children: ComponentChildren;
}) {
  const off = disabled || busy;
  return (
    <button
      type="button"
      class={kind === "plain" ? "plain" : "weui-btn weui-btn_" + kind}
      data-testid={id}
      aria-disabled={off}
      aria-busy={busy}
      onClick={() => off || onClick()}
    >
      {busy && <i class="spin" />}
      {children}
    </button>
  );
}

/** In words; the client's own are in the log, for whoever has to mend it. */
export function Refusal({ problem: { error, msg } }: {
  problem: Problem;
}) {
  return (
    <div class="notice bad" data-testid={"error-" + error}>
      <span>{msg}</span>
    </div>
  );
}

/** A screen that says one thing. */
export function Say({ id, mark, title, text, children }: {
  id?: string;
  mark?: "wait" | "warn";
  title: ComponentChildren;
  text?: ComponentChildren;
  children?: ComponentChildren;
}) {
  return (
    <section class="panel" data-testid={id}>
      {mark && <i class={"mark " + mark} />}
      <h1 tabIndex={-1}>{title}</h1>
      {text && <p>{text}</p>}
      {children}
    </section>
  );
}

export function ToOrders({ children }: { children: ComponentChildren }) {
  return <a class="plain" href="/" data-testid="to-orders">{children}</a>;
}
