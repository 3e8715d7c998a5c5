/**
 * A recorded group as WeCom has it now. Asked when somebody wants to see the
 * group or to create another one: events may never come (90930), and an order
 * whose group was dissolved must not be held up by it.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { type ChatRow, findChat } from "../chats/mirror.ts";
import { WecomError } from "../wecom/mod.ts";
import type { Ground } from "./ground.ts";

/** People who look within this time share one reading. */
const FRESH_MS = 5_000;

/** The row as it is now; the old one when WeCom does not answer. */
export async function refreshGroup(
  { sql, ground, now, log }: {
    sql: Sql;
    ground: Ground;
    now: () => number;
    log: Log;
  },
  chat: ChatRow,
): Promise<ChatRow> {
  const young = now() - chat.syncedAt.getTime() < FRESH_MS;
  if (young || chat.dismissedAt !== null) return chat;
  const { chatId } = chat;
  try {
    const answer = await ground.read(chatId, "page");
    if (answer.kind !== "present" && answer.kind !== "dissolved") {
      log("warn", "group.not_refreshed", { chatId, error: answer.error });
    }
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    // An old picture of the group is better than none.
    log("warn", "group.not_refreshed", { chatId, error });
  }
  return await findChat(sql, chatId) ?? chat;
}
