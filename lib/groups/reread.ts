/**
 * A recorded group as WeCom has it now. Asked when somebody wants to see the
 * group or to create another one: events may never come (doc 90930), and an
 * order whose group was dissolved must not be held up by it.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { chatOfOrder, type ChatRow } from "../chats/mirror.ts";
import { readChat } from "../chats/read_chat.ts";
import { keepAnswer } from "./chat_facts.ts";

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
  const { chatId } = chat;
  try {
    const answer = await readChat({ sql, wecom, now }, chatId);
    await keepAnswer(sql, answer, "page");
    // An old picture of the group is better than none.
    if (answer.kind !== "present" && answer.kind !== "dissolved") {
      log("warn", "group.not_refreshed", { chatId, error: answer.error });
    }
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    log("warn", "group.not_refreshed", { chatId, error });
  }
  return await chatOfOrder(sql, chat.orderId ?? "") ?? chat;
}
