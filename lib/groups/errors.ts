/**
 * What a person is told about a creation that is not theirs to go on with, or
 * that came to its end without a group: what happened, and what now.
 */
import { AppError } from "../http/errors.ts";
import type { Actor } from "../staff/actor.ts";
import { ENDINGS, endReason } from "./expire.ts";
import type { Intent } from "./intents.ts";

export function inProgress(intent: Intent, actor: Actor): AppError {
  const mine = intent.createdBy === actor.wxUserId;
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

/** Of the order's newest intent, which is not live any more. */
export function notFound(intent: Intent | null): AppError {
  if (!intent || intent.state === "active") {
    return new AppError("GROUP_NOT_FOUND");
  }
  const reason = endReason(intent);
  return new AppError("GROUP_NOT_FOUND", {
    msg: ENDINGS[reason],
    details: { reason, intentId: intent.intentId },
  });
}
