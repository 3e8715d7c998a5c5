/**
 * What a person is told about a creation that is not theirs to go on with, or
 * that came to its end without a group: what happened, and what now.
 */
import type { GroupCandidate } from "../flows/schemas.ts";
import { AppError } from "../http/errors.ts";
import type { Actor } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import { ENDINGS, type EndReason, endReason } from "./expire.ts";
import type { Intent } from "./intents.ts";

export function inProgress(intent: Intent, actor: Actor): AppError {
  const mine = isSameUser(intent.createdBy, actor.wxUserId);
  return new AppError("GROUP_IN_PROGRESS", {
    msg: mine ? "您之前发起的建群还没有完成" : "同事正在为这个订单建群",
    details: {
      mine,
      byWxUserId: intent.createdBy,
      status: intent.state,
      expiresAt: intent.expiresAt.toISOString(),
      ...(mine
        ? {
          intentId: intent.intentId,
          customerExternalUserId: intent.customerExternalUserId,
        }
        : {}),
    },
  });
}

/**
 * Of the order's newest intent, which is not live any more; `candidates` are
 * groups that a person may still choose from.
 */
export function notFound(
  intent: Intent | null,
  candidates: readonly GroupCandidate[] = [],
): AppError {
  return new AppError(
    "GROUP_NOT_FOUND",
    intent && intent.state !== "active" ? endingOf(intent, candidates) : {},
  );
}

/** How a creation ended without a group, in words and as data. */
export interface Ending {
  msg: string;
  details: {
    reason: EndReason;
    intentId: string;
    candidates?: readonly GroupCandidate[];
  };
}

export function endingOf(
  intent: Intent,
  candidates: readonly GroupCandidate[],
): Ending {
  const reason = endReason(intent, candidates.length > 0);
  return {
    msg: ENDINGS[reason],
    details: {
      reason,
      intentId: intent.intentId,
      ...(reason === "not_chosen" ? { candidates } : {}),
    },
  };
}
