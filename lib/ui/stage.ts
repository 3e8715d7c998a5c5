/**
 * What all actions share: the step on the screen, and whose turn it is. An
 * answer that comes after the person moved on finds its turn over.
 */
import type { GroupPageModel, Problem } from "./model.ts";
import type { Choosing, Step } from "./state/step.ts";
import { choosing, firstStep, trouble } from "./state/transitions.ts";

export interface Stage {
  readonly model: GroupPageModel;
  readonly step: Step;
  show(next: Step): void;
  /** The choice that the person came from, without what was said above it. */
  origin(): Choosing;
  /** Begins a turn; the answer tells whether it still is the newest. */
  begin(): () => boolean;
  /** The client's registration failed (or, with null, is all right). */
  registration(problem: Problem | null): void;
}

/** `draw` puts a step on the screen. */
export function createStage(
  model: GroupPageModel,
  draw: (step: Step) => void,
): Stage {
  let step = firstStep(model);
  let turn = 0;
  let unregistered = model.signingProblem;

  const stage: Stage = {
    model,
    get step() {
      return step;
    },
    show(next) {
      step = next.at === "choosing" && !next.notice && unregistered
        ? { ...next, notice: trouble(unregistered, { act: "register" }) }
        : next;
      draw(step);
    },
    origin() {
      const from = step.at === "choosing"
        ? step
        : "from" in step
        ? step.from
        : choosing(null);
      return { ...from, busy: null, notice: null };
    },
    begin() {
      const mine = ++turn;
      return () => mine === turn;
    },
    registration(problem) {
      unregistered = problem;
      if (step.at !== "choosing") return;
      const { notice } = step;
      const old = notice?.kind === "problem" &&
        notice.again?.act === "register";
      stage.show({ ...step, notice: old ? null : notice });
    },
  };
  return stage;
}
