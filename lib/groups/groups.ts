/**
 * The life of an order's group: prepare → the client creates → record → verify
 * → active, and the ways back when a step got lost. The server cannot create a
 * customer group; it can only make sure that exactly one ends up recorded.
 */
import type { Order } from "../orders/order.ts";
import { type Actor, seesAllOrders, staffOf } from "../staff/actor.ts";
import { spelled } from "../staff/spelling.ts";
import { isSameUser } from "../staff/user_id.ts";
import { AppError } from "../http/errors.ts";
import { bind, verify } from "./bind.ts";
import { viewCandidates } from "./candidates.ts";
import { type ChatRow, findChat } from "../chats/mirror.ts";
import { inProgress, notFound } from "./errors.ts";
import { wasLookedFor } from "./expire.ts";
import type { Intent } from "./intents.ts";
import { createLink, type Link } from "./link.ts";
import { groupName } from "./name.ts";
import { createOffers } from "./offers.ts";
import {
  createRecovery,
  type Recovery,
  type RecoveryDeps,
} from "./recovery.ts";
import { reread } from "./reread.ts";
import { wordsOf } from "./verify.ts";

/** A chat created from the client with WeChat users has at most 40 (doc 98429). */
export const MOST_MEMBERS = 40;

export type Prepared =
  | { kind: "intent"; intent: Intent }
  | { kind: "existing"; chat: ChatRow; linkable: false }
  | {
    kind: "existing";
    chat: ChatRow & { memberCount: number };
    linkable: true;
  };

export type Recorded =
  | { status: "active"; chat: ChatRow }
  | { status: "searching"; intent: Intent };

export interface Groups extends Pick<Recovery, "recover" | "candidates"> {
  prepare(
    actor: Actor,
    order: Order,
    customer: { externalUserId: string },
    options?: { force?: boolean | undefined; designerName?: string },
  ): Promise<Prepared>;
  record(
    actor: Actor,
    order: Order,
    intent: Intent,
    chatId: string | null,
  ): Promise<Recorded>;
  /**
   * `notMade`: no group came of it, though it was reported. That is believed
   * when WeCom, asked again, has none either. Throws what WeCom answers.
   */
  cancel(
    actor: Actor,
    intent: Intent,
    options?: { notMade?: boolean | undefined },
  ): Promise<void>;
  /**
   * Makes a group that somebody made by hand the order's group, or one of
   * several that could be the one being searched for. Only the former asks who
   * the customer may be.
   */
  link: Link;
}

export function createGroups(
  deps: RecoveryDeps & { nameTemplate: string },
): Groups {
  const { sql, intents, now } = deps;
  const recovery = createRecovery(deps);
  const { living, boundChat, recover, candidates } = recovery;
  const { lookAround, undecided, handMade } = createOffers(deps, recovery);

  return {
    recover,

    candidates,

    async prepare(actor, order, customer, options = {}) {
      const recorded = await living(order.orderId);
      const known = recorded && await reread(deps, recorded);
      if (known && known.dismissedAt === null) {
        return { kind: "existing", chat: known, linkable: false };
      }
      const found = await lookAround(order, actor);
      if (found) return { kind: "existing", chat: found, linkable: false };
      const customerId = customer.externalUserId;
      const byHand = options.force ? null : await undecided(order.orderId) ??
        await handMade(actor, order.orderId, customerId);
      if (byHand) return { kind: "existing", chat: byHand, linkable: true };

      const people = [...staffOf(order), actor.wxUserId];
      const userIds = await spelled(sql, people);
      const externalUserIds = [customerId];
      if (userIds.length + externalUserIds.length > MOST_MEMBERS) {
        throw new AppError("VALIDATION_FAILED", {
          msg: `群成员超过 ${MOST_MEMBERS} 人，无法创建`,
        });
      }
      const { intent, created } = await intents.open({
        orderId: order.orderId,
        createdBy: actor.wxUserId,
        customerExternalUserId: customerId,
        userIds,
        externalUserIds,
        groupName: groupName(deps.nameTemplate, {
          ...order,
          designerName: options.designerName ?? order.designerWxUserId,
        }),
      });
      // The group may have been recorded between our look and the insert.
      const meanwhile = await living(order.orderId);
      if (meanwhile) {
        await intents.end(intent.intentId, "cancelled");
        return { kind: "existing", chat: meanwhile, linkable: false };
      }
      const resumable = isSameUser(intent.createdBy, actor.wxUserId) &&
        intent.customerExternalUserId === customerId &&
        intent.state === "pending";
      if (!resumable) throw inProgress(intent, actor);
      const renewed = created ? intent : await intents.renew(intent.intentId);
      return { kind: "intent", intent: renewed ?? intent };
    },

    async record(actor, order, intent, chatId) {
      const known = await living(order.orderId);
      if (known) {
        if (chatId !== null && chatId !== known.chatId) {
          throw new AppError("GROUP_ALREADY_EXISTS", {
            details: { chatId: known.chatId, groupName: known.name },
          });
        }
        return { status: "active", chat: known };
      }
      // Known at once, whoever is in it; the report would only hold up the order.
      const claimed = chatId === null ? null : await findChat(sql, chatId);
      if (claimed?.orderId && claimed.orderId !== order.orderId) {
        await intents.retract(intent.intentId, claimed.chatId);
        throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
      }
      // Ended intents stay as they are; a group that was really made still counts.
      const reported = await intents.report(intent.intentId, chatId) ?? intent;
      const wanted = chatId ?? reported.chatId;
      if (wanted === null) {
        // The first report is looked into at once; repeating it hurries nothing.
        const first = intent.reportedAt === null;
        const chat = await recover(
          order,
          "record",
          first ? { since: now() } : {},
        );
        if (chat) return { status: "active", chat };
        if (reported.state !== "searching") {
          const found = await candidates(reported);
          throw notFound(reported, await viewCandidates(sql, found));
        }
        return { status: "searching", intent: reported };
      }
      const verdict = await verify(deps, wanted, intent);
      if (verdict.kind === "refused") {
        if (verdict.final) await intents.retract(intent.intentId, wanted);
        throw new AppError("CHAT_REJECTED", {
          msg: wordsOf(verdict.refusal, verdict.final, verdict.errcode),
          details: { ...verdict.refusal, final: verdict.final },
        });
      }
      await bind(deps, {
        orderId: order.orderId,
        intentId: intent.intentId,
        chat: verdict.chat,
        reading: verdict.reading,
        actor: actor.wxUserId,
        via: "record",
      });
      return { status: "active", chat: await boundChat(order.orderId) };
    },

    async cancel(actor, intent, { notMade = false } = {}) {
      const mine = isSameUser(intent.createdBy, actor.wxUserId);
      if (!mine && !seesAllOrders(actor)) {
        throw new AppError("FORBIDDEN", { msg: "只能取消自己发起的建群" });
      }
      // What was reported is there: a cancel that comes late cannot undo it.
      if (await intents.cancel(intent.intentId) || !notMade) return;
      if (await recover(intent, "cancel", { since: now() })) return;
      const current = await intents.find(intent.intentId);
      if (!current || !wasLookedFor(current)) return;
      if ((await candidates(current)).length > 0) return;
      await intents.cancelSearch(intent.intentId);
    },

    link: createLink(deps, recovery),
  };
}
