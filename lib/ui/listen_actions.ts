/**
 * Turns by itself: while the page waits for somebody else, it asks the server every
 * few seconds whether anything has changed. The answer costs no call to WeCom, which
 * tells the server of it by itself.
 */
import type { PageParts } from "./deps.ts";
import type { GroupPageModel } from "./model.ts";
import { firstStep } from "./state/opening.ts";
import type { Step } from "./state/step.ts";
import { news } from "./state/transitions.ts";

/** Questions in a row: 20 minutes. Who is still there then taps, or comes back. */
const MOST = 400;

export function createListenActions({ state, api }: PageParts) {
  const { orderId } = state.model.order;
  let { version } = state.model;
  let left = MOST;
  let asking = false;

  return {
    /** Somebody looks at the page again. */
    hearAgain: () => void (left = MOST),

    /** Called every few seconds while the page can be seen. */
    async listen(): Promise<Step | null> {
      const { step } = state;
      if (asking || left === 0 || !waits(step)) return null;
      asking = true;
      left--;
      const answer = await api.run("order.watch", { orderId, version });
      asking = false;
      // What a person does meanwhile comes first.
      if (!answer.ok || step !== state.step) return null;
      const { now } = answer.data;
      ({ version } = answer.data);
      if (!now) return null;
      const match = now.match &&
        { kind: "known" as const, match: now.match, stale: false };
      const next = heard(step, { ...state.model, ...now, match });
      state.show(next);
      return next;
    },
  };
}

/** Nothing is under way here, and somebody else can change what is shown. */
function waits(step: Step): boolean {
  switch (step.at) {
    case "choosing":
      return !step.busy && step.match?.status === "none";
    case "occupied":
      return step.look !== "busy";
    case "several":
      return !step.busy;
    case "unfinished":
      return true;
    default:
      return false;
  }
}

/** What is new is said; what was said before is not true any more. */
function heard(before: Step, model: GroupPageModel): Step {
  const next = firstStep(model);
  if (next.at !== "choosing" || next.notice) return next;
  if (before.at === "occupied") {
    return { ...next, notice: news("对方没有建群，您可以建了") };
  }
  if (next.match?.status !== "none") {
    return { ...next, notice: news("客户刚刚通过") };
  }
  // A code that was scanned has done its work; any other is shown on.
  return before.at === "choosing" && !next.match.half
    ? { ...next, code: before.code }
    : next;
}
