/**
 * A chat that WeCom told of, by a callback (92130): the orders whose group it may
 * be are settled, and one that was made besides an order's group is noted.
 */
import type { ChatAround } from "../chats/around.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { fits } from "./decide.ts";
import type { Ground, OrderRecord } from "./ground.ts";
import type { Intent } from "./intent.ts";
import { causeOf, isClaim, settle, type SettleOptions } from "./settle.ts";
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
  let result: ForChat = "none";
  let isKept = false;
  for (const orderId of orderIds) {
    const part = partOf(seen, await ground.recorded(orderId));
    if (part.kind === "unfit" && result === "none") result = "unfit";
    if (part.kind === "none" || part.kind === "unfit") continue;
    if (!isKept) await ground.keep(answer, options.via);
    isKept = true;
    if (part.kind === "claim") {
      await settle(ground, orderId, options);
      result = "settled";
    } else {
      const cause = causeOf(part.newest, options);
      await ground.note(part.newest, [seen.chatId], part.ask, cause);
    }
  }
  return result;
}

type Part =
  | { kind: "none" }
  | { kind: "unfit" }
  | { kind: "claim" }
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
      ? { kind: "claim" }
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
