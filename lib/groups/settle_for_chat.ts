/**
 * A chat that WeCom told of, by a callback (92130): the orders whose group it may
 * be are settled, and one that was made besides an order's group is noted.
 */
import type { ChatAround } from "../chats/around.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { fits } from "./decide.ts";
import type { Ground, OrderRecord } from "./ground.ts";
import { type Intent, isClaim } from "./intent.ts";
import { causeOf, settle, type SettleOptions } from "./settle.ts";
import { checkChat } from "./verify.ts";

/**
 * `unfit`: somebody waits for a group of this owner and time, but this one lacks
 * people; `none`: nobody waits for it.
 */
export type ForChat = "settled" | "unfit" | "none";

/** Settles the orders whose group this chat may be. */
export async function settleForChat(
  ground: Ground,
  answer: ChatAnswer & { kind: "present" },
  firstReading: number,
  options: SettleOptions,
): Promise<ForChat> {
  const seen = asSeen(answer.chat, firstReading);
  const around = (await ground.intentsFor([seen])).filter((intent) =>
    intent.openedReading <= firstReading
  );
  const orderIds = new Set(around.map((intent) => intent.orderId));
  const parts: Part[] = [];
  for (const orderId of orderIds) {
    parts.push(partOf(seen, await ground.recorded(orderId)));
  }
  const claims = parts.filter((part) => part.kind === "claim");
  const others = parts.filter((part) => part.kind === "other");
  if (claims.length + others.length > 0) await ground.keep(answer, options.via);
  for (const { newest } of claims) {
    await settle(ground, newest.orderId, options);
  }
  for (const { newest, ask } of others) {
    // What another order waits for is not told of as one too many.
    if (!ask && claims.length > 0) continue;
    const cause = causeOf(newest, options);
    await ground.note(newest, [seen.chatId], ask, cause);
  }
  if (claims.length > 0) return "settled";
  return parts.some((part) => part.kind === "unfit") ? "unfit" : "none";
}

type Part =
  | { kind: "none" }
  | { kind: "unfit" }
  | { kind: "claim"; newest: Intent }
  /** The order waits for no group, but this one was made for it. */
  | { kind: "other"; newest: Intent; ask: boolean };

/** What this chat is to an order. */
function partOf(seen: ChatAround, { intents, chat }: OrderRecord): Part {
  const [newest] = intents;
  if (!newest || chat?.chatId === seen.chatId) return { kind: "none" };
  const living = chat !== null && chat.dismissedAt === null;
  if (!living && isClaim(newest, chat)) {
    if (seen.firstReading < newest.openedReading) return { kind: "none" };
    return checkChat(seen, newest) === null
      ? { kind: "claim", newest }
      : { kind: "unfit" };
  }
  return chat && intents.some((intent) => fits(seen, intent))
    ? { kind: "other", newest, ask: !living }
    : { kind: "none" };
}

function asSeen(chat: GroupChat, firstReading: number): ChatAround {
  return {
    chatId: chat.chatId,
    orderId: null,
    name: chat.name,
    firstName: chat.name,
    ownerWxUserId: chat.ownerWxUserId,
    createTime: chat.createTime,
    firstReading,
    syncedAt: 0,
    members: chat.members,
  };
}
