/** Draws the step: the choice, the sheet over it, or a screen that says one thing. */
import { Choice } from "./choice.tsx";
import { ConfirmSheet } from "./confirm_sheet.tsx";
import { Missing } from "./missing.tsx";
import { PickSheet } from "./pick_sheet.tsx";
import { Trouble } from "./notice.tsx";
import { Buttons, Head } from "./panel.tsx";
import { screenOf } from "./screens.ts";
import { Several } from "./several.tsx";
import type { Actions } from "../actions.ts";
import type { Notice, Step } from "../state/step.ts";
import type { StepProps } from "./step_props.ts";

type Plain = Exclude<Step, { at: "choosing" | "picking" | "confirming" }>;

export function StepView({ step, act, live }: StepProps) {
  const choice = step.at === "choosing"
    ? step
    : step.at === "picking" || step.at === "confirming"
    ? step.from
    : null;
  const screen = choice ? null : screenOf(step as Plain, act);
  const next = step.at === "done" && step.group.told?.next;
  return (
    <section
      class={screen ? "panel" : "choice"}
      data-testid={screen?.id}
    >
      {/* The one place that is read aloud, from the first drawing to the last. */}
      <div class="told" aria-live="polite">
        {choice && <Said notice={choice.notice} act={act} />}
        {screen && <Head key={step.at} {...screen} />}
      </div>
      {choice && <Choice step={choice} act={act} live={live} />}
      {step.at === "picking" && <PickSheet step={step} act={act} />}
      {step.at === "confirming" && <ConfirmSheet step={step} act={act} />}
      {step.at === "outside" && <p class="link">{location.href}</p>}
      {step.at === "syncing" && (
        <progress
          data-testid="progress"
          aria-label={screen?.title}
          {...step.reading?.expected &&
            { value: step.reading.seen, max: step.reading.expected }}
        />
      )}
      {step.at === "several" && <Several step={step} act={act} live={live} />}
      {step.at === "done" && <Missing step={step} act={act} />}
      {screen && <Buttons {...screen} live={live} />}
      {next && (
        <a
          class="weui-btn weui-btn_default"
          data-testid="next-order"
          href={next.path}
        >
          下一个待建群（{next.waiting}）
        </a>
      )}
    </section>
  );
}

/** What is said above the choice. */
function Said({ notice, act }: { notice: Notice | null; act: Actions }) {
  if (notice?.kind === "news") return <p class="notice">{notice.text}</p>;
  if (!notice) return null;
  const { again } = notice;
  return (
    <Trouble
      problem={notice.problem}
      onRetry={again && (() => act.retry(again))}
    />
  );
}
