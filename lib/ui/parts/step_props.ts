/** What each part that draws a step is given. */
import type { Actions } from "../actions.ts";
import type { Step } from "../state/step.ts";

export interface StepProps<S extends Step = Step> {
  step: S;
  act: Actions;
  /** False in the server's HTML: nothing can be pressed yet. */
  live: boolean;
}
