/**
 * Other groups that were made for an order: a page may have made two, or an
 * earlier creation has left one behind. They are never bound without a person:
 * people are told of them, or asked.
 */
import { fits } from "./decide.ts";
import type { Ground } from "./ground.ts";
import type { Intent } from "./intent.ts";
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

/** Stores the other groups of this order, so that people are told of them. */
export async function noteOthers(
  ground: Ground,
  intent: Intent,
  cause: Cause,
): Promise<void> {
  const { intents } = await ground.recorded(intent.orderId);
  const found = await freeChatsOf(ground, intents);
  if (found.length > 0) await ground.note(intent, found, false, cause);
}

export async function freeChatsOf(
  ground: Ground,
  intents: readonly Intent[],
): Promise<string[]> {
  if (intents.length === 0) return [];
  const chats = (await ground.chatsFor(intents)).filter((chat) =>
    chat.orderId === null && intents.some((intent) => fits(chat, intent))
  );
  return chats.map((chat) => chat.chatId);
}
