/**
 * Other groups that were made for an order: a page may have made two, or an
 * earlier creation has left one behind. They are never bound without a person:
 * people are told of them, or asked.
 */
import type { ChatAround } from "../chats/around.ts";
import { fits } from "./decide.ts";
import type { Ground } from "./ground.ts";
import { type Intent, isClaim } from "./intent.ts";
import type { Cause } from "./moves.ts";

/**
 * The order has no group, and another of its creations may have left one
 * behind. A person is asked about it, since it is not what they went on with.
 */
export async function askAboutOthers(
  ground: Ground,
  newest: Intent,
  others: readonly Intent[],
  cause: Cause,
): Promise<void> {
  const found = await freeChatsOf(ground, others);
  if (found.length > 0) await ground.note(newest, found, true, cause);
}

/**
 * Stores the other groups of this order, so that people are told of them. Except
 * what another order still waits for: they would be told to dissolve it.
 */
export async function noteOthers(
  ground: Ground,
  intent: Intent,
  cause: Cause,
): Promise<void> {
  const { orderId } = intent;
  const { intents } = await ground.recorded(orderId);
  const free = await freeOf(ground, intents);
  const awaited = await awaitedElsewhere(ground, orderId, free);
  const found = free.map((chat) => chat.chatId).filter((id) =>
    !awaited.has(id)
  );
  if (found.length > 0) await ground.note(intent, found, false, cause);
}

export async function freeChatsOf(
  ground: Ground,
  intents: readonly Intent[],
): Promise<string[]> {
  return (await freeOf(ground, intents)).map((chat) => chat.chatId);
}

async function freeOf(
  ground: Ground,
  intents: readonly Intent[],
): Promise<ChatAround[]> {
  if (intents.length === 0) return [];
  return (await ground.chatsFor(intents)).filter((chat) =>
    chat.orderId === null && intents.some((intent) => fits(chat, intent))
  );
}

async function awaitedElsewhere(
  ground: Ground,
  orderId: string,
  chats: readonly ChatAround[],
): Promise<Set<string>> {
  const awaited = new Set<string>();
  if (chats.length === 0) return awaited;
  const around = (await ground.intentsFor(chats)).filter((other) =>
    other.orderId !== orderId && chats.some((chat) => fits(chat, other))
  );
  for (const other of new Set(around.map((one) => one.orderId))) {
    const { intents: [newest], chat } = await ground.recorded(other);
    const hasGroup = chat !== null && chat.dismissedAt === null;
    if (!newest || hasGroup || !isClaim(newest, chat)) continue;
    for (const one of chats) if (fits(one, newest)) awaited.add(one.chatId);
  }
  return awaited;
}
