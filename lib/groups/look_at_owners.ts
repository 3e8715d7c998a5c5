/**
 * Looks for an order's group at all who could own it: whoever began its creation,
 * and the colleagues who were to be in it.
 */
import { isOfOne, WecomError } from "../wecom/mod.ts";
import type { Ground } from "./ground.ts";
import type { Intent } from "./intent.ts";

/**
 * `hidden`: the app may not see the person, so that the look proves nothing.
 */
export async function lookAtCreator(
  ground: Ground,
  createdBy: string,
  since: number,
): Promise<{ complete: boolean; hidden: boolean }> {
  try {
    return { ...await ground.look(createdBy, since), hidden: false };
  } catch (error) {
    if (isOfOne(error)) return { complete: true, hidden: true };
    throw error;
  }
}

/**
 * If the app may not see a colleague, that colleague's list counts as complete.
 */
export async function lookAt(
  ground: Ground,
  owners: readonly string[],
  since: number,
): Promise<{ complete: boolean }> {
  const looks = await Promise.all(owners.map(async (owner) => {
    try {
      return await ground.look(owner, since);
    } catch (error) {
      if (error instanceof WecomError) return { complete: isOfOne(error) };
      throw error;
    }
  }));
  return { complete: looks.every((look) => look.complete) };
}

/**
 * Members of a chat that could be the group may have changed without an event.
 */
export async function readAgain(
  ground: Ground,
  intents: readonly Intent[],
  since: number,
): Promise<void> {
  const stale = (await ground.chatsFor(intents)).filter((chat) =>
    chat.orderId === null && chat.syncedAt < since
  );
  for (const { chatId } of stale) await ground.read(chatId);
}
