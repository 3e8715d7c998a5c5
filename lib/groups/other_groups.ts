/**
 * What else was made for an order: a page may have made two groups, or an earlier
 * creation left one behind. Nobody binds them; people are told of them or asked.
 */
import { fits } from "./decide.ts";
import type { Ground } from "./ground.ts";
import type { Intent } from "./intent.ts";
import type { Cause } from "./moves.ts";

/**
 * The order has no group: what another of its creations left behind may be it. A
 * person is asked, since it was not what they went on with.
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

/** What else was made for this order, to be told of. */
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
