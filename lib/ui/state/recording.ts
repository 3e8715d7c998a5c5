/** From what the server answers about a group that was made to the next step. */
import type {
  GroupView,
  InProgress,
  RecordAnswer,
} from "../../flows/schemas.ts";
import type { Result } from "../api.ts";
import type { Problem } from "../model.ts";
import { ended, several } from "./endings.ts";
import type { Asked, At, Choosing, ShownGroup, Step } from "./step.ts";
import { choosing, done } from "./transitions.ts";

export function settling(asked: Asked, recorded: boolean): At<"settling"> {
  return { at: "settling", asked, recorded, long: false, problem: null };
}

type Begun = Omit<InProgress, "byWxUserId" | "expiresInMs" | "expiresAt">;

/** A creation that another page has under way, one's own or a colleague's. */
export function underWay(
  { mine, told, status, intentId = "", ...begun }: Begun,
  from: Choosing,
): At<"settling" | "occupied"> {
  if (status === "searching") {
    return settling({ intentId, groupName: "", chatId: null, mine }, true);
  }
  const { customerExternalUserIds: customerIds } = begun;
  const own = mine && customerIds ? { intentId, customerIds } : null;
  return { at: "occupied", from, told, own, look: null, problem: null };
}

/** The server's answer to `group.record`, `group.link` or `group.get`. */
export function recorded(
  step: At<"settling">,
  answer: Result<RecordAnswer | GroupView>,
  declined: ReadonlySet<string>,
): Step {
  if (!answer.ok) return notRecorded(step, answer.problem);
  const { chatId, groupName, status } = answer.data;
  const { candidates = [], gone: msg } = answer.data as GroupView;
  if (status === "active") return done(answer.data);
  if (msg) {
    const details = { reason: "dismissed", title: "群已解散" } as const;
    return { ...step, problem: { error: "GROUP_NOT_FOUND", msg, details } };
  }
  const asked = {
    ...step.asked,
    groupName,
    chatId: chatId ?? step.asked.chatId,
  };
  return candidates.some((one) => !declined.has(one.chatId))
    ? several(asked, candidates, null)
    : { ...step, asked, recorded: true, problem: null };
}

function notRecorded(step: At<"settling">, problem: Problem): Step {
  const { asked } = step;
  const { candidates } = ended(problem);
  if (candidates) return several(asked, candidates, choosing(null));
  const { chatId } = (problem.details ?? {}) as { chatId?: string };
  if (problem.error === "GROUP_ALREADY_EXISTS" && asked.chatId && chatId) {
    // The order's group, and that this page's client made one too many.
    return done(problem.details as ShownGroup, asked.chatId);
  }
  // Nothing to see yet of another person's group is no problem.
  const awaited = problem.error === "GROUP_NOT_FOUND" && !asked.mine &&
    !ended(problem).reason;
  return { ...step, problem: awaited ? null : problem };
}

/** The server said no for good: sending the same again cannot help. */
export function isFinal({ error, details }: Problem): boolean {
  // WeCom's data lags: a chat that does not check out yet may do so later.
  if (error === "CHAT_REJECTED") {
    return (details as { final?: boolean })?.final !== false;
  }
  return [
    "CHAT_BOUND_TO_OTHER_ORDER",
    "GROUP_ALREADY_EXISTS",
    "GROUP_NOT_FOUND",
    "ORDER_NOT_FOUND",
    "FORBIDDEN",
    "VALIDATION_FAILED",
  ].includes(error);
}
