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
      const next = heard(
        step,
        { ...state.model, ...now, match },
        state.declined,
      );
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
function heard(
  before: Step,
  model: GroupPageModel,
  declined: ReadonlySet<string>,
): Step {
  const next = passed(firstStep(model), declined);
  if (next.at !== "choosing") return next;
  const code = before.at === "choosing" ? before.code : null;
  // A code that was scanned has done its work; any other is shown on.
  const missed = next.match?.status === "none" && !next.match.half;
  if (next.notice || missed && before.at !== "occupied") {
    return missed ? { ...next, code } : next;
  }
  const said = before.at === "occupied"
    ? "对方没有建群，您可以建了"
    : "客户刚刚通过";
  return { ...next, notice: news(said) };
}

/** Groups that were all declined here are not offered again. */
function passed(next: Step, declined: ReadonlySet<string>): Step {
  const offered = next.at === "existing"
    ? [next.existing]
    : next.at === "several"
    ? next.candidates
    : [];
  const isOver = offered.length > 0 &&
    offered.every((one) => declined.has(one.chatId));
  return isOver && "from" in next && next.from ? next.from : next;
}
