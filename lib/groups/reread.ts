/**
 * A recorded group as WeCom has it now. Asked when somebody wants to see the
 * group or to create another one: events may never come (doc 90930), and an
 * order whose group was dissolved must not be held up by it.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { beginReading } from "../store/reading.ts";
import {
  CODE,
  getGroupChat,
  isOfOne,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import {
  chatOfOrder,
  type ChatRow,
  saveChat,
  saveRefusal,
} from "../chats/mirror.ts";

/** Several people who look at once share one reading. */
const FRESH_MS = 5_000;

/** The row as it is now; the old one when WeCom does not answer. */
export async function reread(
  { sql, wecom, now, log }: {
    sql: Sql;
    wecom: WecomClient;
    now: () => number;
    log: Log;
  },
  chat: ChatRow,
): Promise<ChatRow> {
  const young = now() - chat.syncedAt.getTime() < FRESH_MS;
  if (young || chat.dismissedAt !== null) return chat;
  const reading = await beginReading(sql, now);
  try {
    const current = await wecom.call(getGroupChat, { chatId: chat.chatId });
    await sql.begin((sql) => saveChat(sql, current, reading));
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    const { chatId } = chat;
    if (isOfOne(error)) await saveRefusal(sql, chatId, error, reading, "page");
    // An old picture of the group is better than none.
    if (error.errcode !== CODE.GROUP_DISSOLVED) {
      log("warn", "group.not_refreshed", { chatId, error });
    }
  }
  return await chatOfOrder(sql, chat.orderId ?? "") ?? chat;
}
