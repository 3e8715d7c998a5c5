/**
 * Between the client's answer and the verified group: the report is told, and
 * the server asked until WeCom's data has caught up; also for a creation that
 * somebody else, or another page, has under way.
 */
import type { GroupView, RecordAnswer } from "../flows/schemas.ts";
import type { Result } from "./api.ts";
import type { createContactActions } from "./contact_actions.ts";
import type { PageParts } from "./deps.ts";
import type { createGroupActions } from "./group_actions.ts";
import type { Lease } from "./lease.ts";
import type { Problem } from "./model.ts";
import { PACE } from "./pace.ts";
import { ending, others } from "./state/endings.ts";
import { isFinal, recorded, settling } from "./state/recording.ts";
import type { At } from "./state/step.ts";
import { done } from "./state/transitions.ts";

/** Seconds, after the first questions: a group is to be seen 10 s after WeCom shows it. */
const STEADY = 8;
/** While something is in the way. */
const PATIENT = 30;
/** Questions until it is longer than usual; they go on behind that screen. */
const USUAL = 12;

export function createWatchActions(
  { state, api, send, sleep }: PageParts,
  { contacts, group, lease }: {
    contacts: Pick<ReturnType<typeof createContactActions>, "resume">;
    group: Pick<ReturnType<typeof createGroupActions>, "readMembers">;
    lease: Lease;
  },
) {
  const { show, origin, begin, wait } = state;
  const { orderId } = state.model.order;

  function watch(next: At<"settling">): void {
    show(next);
    void settle();
  }

  /** Tells the server, then asks until the group is verified. */
  async function settle(): Promise<void> {
    const current = begin();
    for (let turn = 0;; turn++) {
      if (turn === USUAL && state.step.at === "settling") {
        show({ ...state.step, long: true });
      }
      const stuck = state.step.at === "settling" && state.step.problem;
      await sleep((PACE[turn] ?? (stuck ? PATIENT : STEADY)) * 1000);
      const { step } = state;
      if (!current() || step.at !== "settling") return;
      const answer = await ask(step);
      if (!current()) return;
      const next = recorded(step, answer, state.declined);
      show(next);
      if (next.at === "done" && !next.group.members) await group.readMembers();
      if (next.at !== "settling" || next.problem && ends(next.problem)) return;
    }
  }

  /** What the server has and nobody can name any better is only looked at. */
  function ask(
    { asked: { intentId, chatId, mine }, recorded }: At<"settling">,
  ): Promise<Result<RecordAnswer | GroupView>> {
    return mine && (chatId || !recorded)
      ? send(orderId, intentId, chatId)
      : api.run("group.get", { orderId });
  }

  const ends = (problem: Problem) =>
    isFinal(problem) || problem.error === "UNAUTHENTICATED";

  /** What the server knows by now; the choice again when there is nothing. */
  async function recheck(): Promise<void> {
    const current = begin();
    const { step } = state;
    const waiting = step.at === "occupied" && step;
    if (waiting) show({ ...waiting, look: "busy", problem: null });
    const answer = await api.run("group.get", { orderId });
    if (!current()) return;
    if (!answer.ok) return nothingSeen(answer.problem);
    const { groupName, status } = answer.data;
    if (status === "active") return show(done(answer.data));
    if (status === "searching") {
      const own = step.at === "settling" && !step.asked.chatId;
      return watch(settling(own ? step.asked : others(groupName), true));
    }
    if (status === "pending") {
      if (waiting) show({ ...waiting, look: "still", problem: null });
      // Under way still; only what was refused for good begins anew.
      if (step.at !== "settling") return;
      const { intentId, mine } = step.asked;
      if (mine && intentId) await lease.giveBack(intentId);
      if (!current()) return;
    }
    contacts.resume(origin());
  }

  function nothingSeen(problem: Problem): void {
    const { step } = state;
    if (problem.error !== "GROUP_NOT_FOUND") {
      // Who got no answer must not take the order for free.
      if (step.at === "occupied") {
        return show({ ...step, look: null, problem });
      }
      if (step.at === "unfinished") return;
    }
    const from = origin();
    const end = ending(problem, from);
    if (end?.at === "several") return show(end);
    // Who was told already why it begins anew is not told again.
    contacts.resume(end && step.at !== "settling" ? end : from);
  }

  return {
    watch,
    watchOthers: () => watch(settling(others(), true)),
    settle,
    recheck,

    /** Asks at once; what was said before is not true any more. */
    askAgain(): void {
      const { step } = state;
      if (step.at !== "settling") return;
      watch({ ...step, problem: null, long: false });
    },

    /** No group was made after all: the server looks, and gives the order free. */
    async notMade(): Promise<void> {
      const { step } = state;
      if (step.at !== "settling") return;
      const { intentId } = step.asked;
      const answer = await wait(
        { ...step, busy: true },
        api.run("group.cancel", { intentId, notMade: true }),
      );
      if (!answer) return;
      if (answer.ok) return await recheck();
      show({ ...step, problem: answer.problem });
    },

    /** Goes on with a report that is stuck. */
    resumeReport(): boolean {
      const { step } = state;
      const stuck = step.at === "settling" &&
        (step.problem ? !isFinal(step.problem) : step.long);
      if (stuck) void settle();
      return stuck;
    },
  };
}
