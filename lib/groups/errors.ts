/**
 * What a person is told about a creation that somebody else runs, or that ended
 * without a group: what happened, and what to do now.
 */
import type { GroupCandidate, InProgress } from "../flows/schemas.ts";
import { AppError } from "../http/errors.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { EndReason, Intent } from "./intent.ts";
import { WAS_ALONE, wasAlone } from "./second.ts";
import type { Situation } from "./situation.ts";
import { tellUnderWay } from "./standing_words.ts";

/**
 * How an intent ended, in words. Reasons that are missing here need none:
 * something else came after them.
 */
const ENDINGS: Partial<Record<EndReason, string>> = {
  not_found_in_time:
    "上次发起的建群，在企业微信里一直没有查到这个群，已停止查找。可以重新建群",
  not_reported: "上次发起的建群没有完成，可以重新建群",
  not_chosen:
    "上次发起的建群，查到了可能的群，还没有人确认。请先选出这个订单的群",
  not_asked:
    "上次发起的建群，企业微信一直没有回应，还不知道群建好没有。重新建群时会先再查一次，不会重复建群",
  cancelled: "上次发起的建群已取消，可以重新建群",
  not_made: "上次发起的建群没有建成，可以重新建群",
};

/** The same as a heading; what is missing here was not found. */
const TITLES: Partial<Record<EndReason, string>> = {
  not_reported: "群没有建好",
  not_asked: "还不知道群建好没有",
  cancelled: "建群已取消",
};

/** The creation that is under way, for somebody who wants to begin. */
export function inProgressOf(
  intent: Intent,
  { wxUserId }: { wxUserId: string },
  now: number,
): InProgress {
  const mine = isSameUser(intent.createdBy, wxUserId);
  return {
    mine,
    byWxUserId: intent.createdBy,
    byName: intent.createdBy,
    status: intent.state === "searching" ? "searching" : "pending",
    expiresInMs: Math.max(0, intent.expiresAt.getTime() - now),
    expiresAt: intent.expiresAt.toISOString(),
    told: tellUnderWay(mine, intent.createdBy),
    ...(mine
      ? {
        intentId: intent.intentId,
        customerExternalUserId: intent.customerExternalUserId,
        customerExternalUserIds: [...intent.externalUserIds],
      }
      : {}),
  };
}

/** The same, by the name of who began it. */
export function named(
  inProgress: InProgress,
  byName = inProgress.byName,
): InProgress {
  return {
    ...inProgress,
    byName,
    told: tellUnderWay(inProgress.mine, byName),
  };
}

/**
 * `askFirst`: the page has to call preview first, which looks for a group that
 * an earlier creation may have made.
 */
export function inProgress(
  intent: Intent,
  actor: { wxUserId: string },
  now: number,
  askFirst = false,
): AppError {
  const details = inProgressOf(intent, actor, now);
  return new AppError("GROUP_IN_PROGRESS", {
    msg: askFirst
      ? "上次发起的建群还没有查清，请先核对再建群"
      : details.mine
      ? "您之前发起的建群还没有完成"
      : "同事正在为这个订单建群",
    details: { ...details, ...(askFirst ? { askFirst: "group.preview" } : {}) },
  });
}

/** The order has no group, and why. */
export function notFound(situation: Situation): AppError {
  const ending = endingOf(situation);
  return new AppError("GROUP_NOT_FOUND", ending ?? {});
}

/** How a creation ended without a group, in words and as data. */
export interface Ending {
  msg: string;
  details: {
    reason: EndReason;
    intentId: string;
    title?: string;
    candidates?: readonly GroupCandidate[];
  };
}

/** The client said that it was done, and told no group, of two people. */
function wasNoGroup(intent: Intent, reason: EndReason): boolean {
  const isOver = reason === "not_found_in_time" || reason === "not_made";
  return isOver && intent.chatId === null && wasAlone(intent);
}

/** null: nothing has ended, or there is nothing to say about it. */
export function endingOf(situation: Situation): Ending | null {
  switch (situation.kind) {
    case "question": {
      const { intent, candidates, chat } = situation;
      return {
        msg: chat
          ? "原来的群已解散，还查到了可能的群。请先选出这个订单的群"
          : ENDINGS.not_chosen ?? "",
        details: {
          reason: "not_chosen",
          intentId: intent.intentId,
          candidates,
        },
      };
    }
    case "ended": {
      const { intent, reason } = situation;
      const { intentId } = intent;
      const words = ENDINGS[reason] ?? ENDINGS.cancelled ?? "";
      const msg = wasNoGroup(intent, reason) ? WAS_ALONE : words;
      const title = TITLES[reason];
      return { msg, details: { reason, intentId, ...title && { title } } };
    }
    default:
      return null;
  }
}
