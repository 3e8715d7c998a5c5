/**
 * Makes a group an order's because a person says so: one that was made by hand,
 * or one of several that could be the one being searched for. WeCom is asked for
 * it all the same (groupchat/get, 92122), and what it answers is written down.
 */
import type { Sql } from "../store/database.ts";
import { chatAround } from "../chats/around.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { AppError } from "../http/errors.ts";
import { bind } from "./bind.ts";
import { fits } from "./decide.ts";
import type { Intent } from "./intent.ts";
import { intentsOf } from "./intents.ts";
import type { Ground } from "./ground.ts";
import type { Asked, Cause } from "./moves.ts";
import { noteOthers } from "./other_groups.ts";
import type { Situation } from "./situation.ts";
import { checkChat, wordsOf } from "./verify.ts";

/**
 * `customers` answers who the order's customer may be; it is called only when
 * no creation of the order could have made the group. Throws CHAT_REJECTED and
 * errors of status 409.
 */
export type LinkGroup = (
  actor: Actor,
  order: Order,
  chatId: string,
  customers: readonly string[] | (() => Promise<readonly string[]>),
  asked?: Asked,
) => Promise<ChatRow>;

export function createLink(deps: {
  sql: Sql;
  ground: Ground;
  now: () => number;
  situation: (orderId: string) => Promise<Situation>;
}): LinkGroup {
  const { sql, ground } = deps;

  /** The order's creation that this chat could have come of. */
  async function intentFor(
    situation: Situation,
    chatId: string,
  ): Promise<Intent | null> {
    const { orderId } = situation.kind !== "none" && situation.intent ||
      { orderId: null };
    if (orderId === null) return null;
    const chat = await chatAround(sql, chatId);
    const intents = await intentsOf(sql, orderId);
    const able = intents.filter((intent) =>
      intent.state !== "prepared" && intent.state !== "bound"
    );
    const asked = situation.kind === "question" &&
      situation.candidates.some((one) => one.chatId === chatId);
    const found = chat && able.find((intent) => fits(chat, intent));
    return found ?? (asked ? intents[0] ?? null : null);
  }

  return async (actor, order, chatId, customers, asked = {}) => {
    const { orderId } = order;
    const situation = await deps.situation(orderId);
    if (situation.kind === "active") {
      const { chat } = situation;
      if (chat.chatId === chatId) return chat;
      throw new AppError("GROUP_ALREADY_EXISTS", {
        details: { chatId: chat.chatId, groupName: chat.name },
      });
    }
    const intent = await intentFor(situation, chatId);
    const answer = await ground.read(chatId);
    // Without a creation: the person has to own the group, and the customer has
    // to be in it.
    const expected = intent ?? {
      createdBy: actor.wxUserId,
      userIds: [],
      externalUserIds: [],
    };
    if (answer.kind !== "present") {
      throw new AppError("CHAT_REJECTED", {
        // The person saw it a moment ago, and WeCom has it no more: it is gone.
        msg: wordsOf({ reason: "unknown" }, answer.kind, true),
        details: { reason: "unknown", final: answer.kind !== "hidden" },
      });
    }
    const { chat, reading } = answer;
    const refusal = checkChat(chat, expected);
    // It is the same group without a colleague, too; people are told who is
    // missing.
    if (refusal && refusal.reason !== "missing_members") {
      throw new AppError("CHAT_REJECTED", {
        msg: "这不是您名下的客户群",
        details: { reason: "unknown" },
      });
    }
    await requireCustomer(chat.members, intent?.externalUserIds ?? customers);
    const cause: Cause = { actor: actor.wxUserId, via: "link", ...asked };
    await bind(deps, {
      orderId,
      intent: intent?.state === "bound" ? null : intent,
      chat,
      reading,
      cause,
      evidence: "person",
    });
    if (intent) await noteOthers(ground, intent, cause);
    const after = await deps.situation(orderId);
    if (after.kind !== "active") throw new Error("Cannot find what is bound");
    return after.chat;
  };
}

async function requireCustomer(
  members: readonly { userId: string }[],
  customers: readonly string[] | (() => Promise<readonly string[]>),
): Promise<void> {
  const present = new Set(members.map((member) => member.userId));
  const wanted = typeof customers === "function"
    ? await customers()
    : customers;
  if (wanted.some((id) => present.has(id))) return;
  throw new AppError("CHAT_REJECTED", {
    msg: "这个群里没有本订单的客户",
    details: { reason: "missing_members" },
  });
}
