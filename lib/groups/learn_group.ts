/**
 * Reads a group that the mirror lacks, or shows otherwise than somebody sees it:
 * it was made, or they joined, a moment ago, or the push was lost.
 */
import type { Sql } from "../store/database.ts";
import { readChat } from "../chats/read_chat.ts";
import type { WecomClient } from "../wecom/mod.ts";
import { keepAnswer } from "./chat_facts.ts";

export interface LearnDeps {
  sql: Sql;
  wecom: WecomClient;
  now: () => number;
}

/** Throws what is not about this group: WeCom is busy, or out of reach. */
export async function learnGroup(
  deps: LearnDeps,
  chatId: string,
): Promise<void> {
  await keepAnswer(deps.sql, await readChat(deps, chatId), "sidebar");
}
