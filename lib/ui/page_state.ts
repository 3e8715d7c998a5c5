/**
 * What all actions share: the step on the screen, as a signal, and whose turn it
 * is. An answer that comes after the person moved on finds its turn over.
 */
import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { GroupPageModel, Problem } from "./model.ts";
import { firstStep } from "./state/opening.ts";
import type { Choosing, Step } from "./state/step.ts";
import { choosing, trouble } from "./state/transitions.ts";

export interface PageState {
  readonly model: GroupPageModel;
  /** As it is drawn: above the choice stands what the client refused, too. */
  readonly shown: ReadonlySignal<Step>;
  readonly step: Step;
  /** chatIds of groups that were offered, and are not the order's. */
  readonly declined: Set<string>;
  show(next: Step): void;
  /** The choice that the person came from, without what was said above it. */
  origin(): Choosing;
  /** Begins a turn; the answer tells whether it still is the newest. */
  begin(): () => boolean;
  /** Shows a step until the answer is there; null: the person moved on meanwhile. */
  wait<T>(next: Step, answer: Promise<T>): Promise<T | null>;
  /** The client's registration failed (or, with null, is all right). */
  registration(problem: Problem | null): void;
}

export function createPageState(model: GroupPageModel): PageState {
  const step = signal(firstStep(model));
  const show = (next: Step) => void (step.value = next);
  const unregistered = signal(model.signingProblem);
  let turn = 0;
  const begin = () => {
    const mine = ++turn;
    return () => mine === turn;
  };

  return {
    model,
    declined: new Set(),
    shown: computed(() => {
      const { value } = step;
      return unregistered.value && value.at === "choosing" && !value.notice
        ? {
          ...value,
          notice: trouble(unregistered.value, { act: "register" }),
        }
        : value;
    }),
    get step() {
      return step.value;
    },
    show,
    origin() {
      const { value } = step;
      const from = value.at === "choosing"
        ? value
        : "from" in value && value.from || choosing(null);
      return { ...from, busy: null, notice: null };
    },
    begin,
    async wait(next, answer) {
      const current = begin();
      show(next);
      const told = await answer;
      return current() ? told : null;
    },
    registration: (problem) => void (unregistered.value = problem),
  };
}
