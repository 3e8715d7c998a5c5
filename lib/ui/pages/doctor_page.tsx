/** What the doctor found, a line for each check; the text below may be sent on. */
import { ClientDoctor } from "../../../islands/ClientDoctor.tsx";
import type { Line, State } from "../../doctor/check.ts";
import { tell } from "../../doctor/doctor.ts";

const WORDS: Record<State, string> = {
  ok: "正常",
  warning: "请看一下",
  failed: "需要处理",
  unknown: "查不到",
};
const ORDER: readonly State[] = ["failed", "warning", "unknown", "ok"];

export function DoctorPage({ lines }: { lines: readonly Line[] }) {
  const count = (wanted: State) =>
    lines.filter(({ state }) => state === wanted).length;
  const told = ORDER.filter((state) => count(state) > 0)
    .map((state) => `${WORDS[state]} ${count(state)} 项`).join("，");
  const sorted = lines.toSorted((a, b) =>
    ORDER.indexOf(a.state) - ORDER.indexOf(b.state)
  );
  return (
    <main class="page">
      <h1>自检</h1>
      <p role="status">{told}</p>
      <ul class="doctor">
        {sorted.map((line) => <One key={line.name} line={line} />)}
      </ul>
      <ClientDoctor />
      <details>
        <summary>发给别人看的文字（不含账号）</summary>
        <pre>{lines.flatMap((line) => tell(line, true)).join("\n")}</pre>
      </details>
      <a href="/admin/doctor" class="weui-btn weui-btn_default">重新检查</a>
    </main>
  );
}

function One({ line }: { line: Line }) {
  const { name, state, title, cause, detail, place, who, document } = line;
  return (
    <li
      class={`card ${state}`}
      data-testid={`doctor-${name}`}
      data-state={state}
    >
      <h2>
        {title}
        <small>{WORDS[state]}</small>
      </h2>
      <p>{cause}</p>
      {detail && <p>{detail}</p>}
      {state !== "ok" && (place || who) && (
        <dl>
          {place && (
            <>
              <dt>位置</dt>
              <dd>{place}</dd>
            </>
          )}
          {who && (
            <>
              <dt>由谁处理</dt>
              <dd>{who}</dd>
            </>
          )}
          {document && (
            <>
              <dt>官方文档</dt>
              <dd>{document}</dd>
            </>
          )}
        </dl>
      )}
    </li>
  );
}
