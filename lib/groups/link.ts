/**
 * Makes a group an order's because a person says so: one that was made by hand,
 * or one of several that could be the one being searched for. WeCom is asked for
 * it all the same (groupchat/get, 92122).
 */
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { AppError } from "../http/errors.ts";
import { bind, verify } from "./bind.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { wantedBy } from "./discover.ts";
import { type Intent, isOver } from "./intents.ts";
import type { Recovery, RecoveryDeps } from "./recovery.ts";
import { wordsOf } from "./verify.ts";

export type Link = (
  actor: Actor,
  order: Order,
  chatId: string,
  customers: readonly string[] | (() => Promise<readonly string[]>),
) => Promise<ChatRow>;

export function createLink(
  deps: RecoveryDeps,
  { living, boundChat }: Recovery,
): Link {
  const { intents, discovery, now } = deps;

  /**
   * The intent that is searched for, or was in vain, if this chat could be its
   * group.
   */
  async function candidateOf(
    order: Order,
    chatId: string,
  ): Promise<Intent | null> {
    const intent = await intents.newest(order.orderId);
    const ended = intent && isOver(intent, now());
    if (!intent || intent.state !== "searching" && !ended) return null;
    const found = await discovery.fitting(wantedBy(intent));
    return found.some((chat) => chat.chatId === chatId) ? intent : null;
  }

  return async (actor, order, chatId, customers) => {
    const known = await living(order.orderId);
    if (known && known.chatId === chatId) return known;
    if (known) {
      throw new AppError("GROUP_ALREADY_EXISTS", {
        details: { chatId: known.chatId, groupName: known.name },
      });
    }
    const intent = await candidateOf(order, chatId);
    // Else the person's own group with the customer in it, whoever else is.
    const verdict = await verify(
      deps,
      chatId,
      intent ?? {
        createdBy: actor.wxUserId,
        userIds: [],
        externalUserIds: [],
      },
      [],
    );
    if (verdict.kind !== "fits") {
      throw new AppError("CHAT_REJECTED", {
        // Shown a moment ago and not to be had now: it will not come back.
        msg: verdict.errcode === null
          ? "这不是您名下的客户群"
          : wordsOf(verdict.refusal, true, verdict.errcode),
        details: { reason: "unknown" },
      });
    }
    const { chat, reading } = verdict;
    const present = new Set(chat.members.map((member) => member.userId));
    const wanted = intent
      ? []
      : typeof customers === "function"
      ? await customers()
      : customers;
    if (!intent && !wanted.some((id) => present.has(id))) {
      throw new AppError("CHAT_REJECTED", {
        msg: "这个群里没有本订单的客户",
        details: { reason: "missing_members" },
      });
    }
    await bind(deps, {
      orderId: order.orderId,
      intentId: intent?.intentId ?? null,
      chat,
      reading,
      actor: actor.wxUserId,
      via: "link",
    });
    return await boundChat(order.orderId);
  };
}
