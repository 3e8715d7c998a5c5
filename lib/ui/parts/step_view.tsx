/** Draws the step: the choice, the sheet over it, or a screen that says one thing. */
import { Choice } from "./choice.tsx";
import { ConfirmSheet } from "./confirm_sheet.tsx";
import { Missing } from "./missing.tsx";
import { PickSheet } from "./pick_sheet.tsx";
import { Panel } from "./panel.tsx";
import { screenOf } from "./screens.ts";
import { Several } from "./several.tsx";
import type { StepProps } from "./step_props.ts";

export function StepView({ step, act, live }: StepProps) {
  if (
    step.at === "choosing" || step.at === "picking" || step.at === "confirming"
  ) {
    return (
      <>
        <Choice
          step={step.at === "choosing" ? step : step.from}
          act={act}
          live={live}
        />
        {step.at === "picking" && <PickSheet step={step} act={act} />}
        {step.at === "confirming" && <ConfirmSheet step={step} act={act} />}
      </>
    );
  }
  const screen = screenOf(step, act);
  return (
    <Panel key={step.at} {...screen} live={live}>
      {step.at === "outside" && <p class="link">{location.href}</p>}
      {step.at === "syncing" && (
        <progress
          data-testid="progress"
          aria-label={screen.title}
          {...step.reading?.expected &&
            { value: step.reading.seen, max: step.reading.expected }}
        />
      )}
      {step.at === "several" && <Several step={step} act={act} live={live} />}
      {step.at === "done" && <Missing step={step} act={act} />}
    </Panel>
  );
}
