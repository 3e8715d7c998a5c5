/**
 * Several groups fit what was asked for: told apart as a person would, by name,
 * time and who is in them. groupchat/list gives ids only (doc 92120); all of
 * this comes from the mirror.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { GroupCandidate } from "../flows/schemas.ts";
import { staffRow } from "../staff/staff.ts";
import { isRivalled, looked } from "./adopt.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { Intent } from "./intents.ts";

/**
 * Of the groups that fit an intent: all, when a person has to choose. One alone
 * is bound by itself, unless another order may claim it.
 */
export async function toChoose<T extends ChatRow>(
  queries: Queries,
  fitting: readonly T[],
  intent: Intent,
): Promise<T[]> {
  const [only] = fitting;
  const clear = only && fitting.length === 1 &&
    !await isRivalled(queries, await looked(queries, only), intent);
  return clear ? [] : [...fitting];
}

/** Newest first, as they are given. */
export async function viewCandidates(
  sql: Sql,
  chats: readonly ChatRow[],
): Promise<GroupCandidate[]> {
  if (chats.length === 0) return [];
  const rows = await sql<{ chatId: string; names: string[] }[]>`
    select m.chat_id,
      array_agg(coalesce(s.name, nullif(m.name, ''), m.member_id)
        order by m.type desc, m.joined_at, m.member_id) as names
    from chat_member m
    left join lateral ${
    staffRow(sql, sql`lower(m.member_id collate "C")`)
  } s on m.type = 'member'
    where m.left_at is null
      and m.chat_id = any(${chats.map((chat) => chat.chatId)}::text[])
    group by m.chat_id`;
  const names = new Map(rows.map((row) => [row.chatId, row.names]));
  return chats.map((chat) => ({
    chatId: chat.chatId,
    groupName: chat.name,
    createdAt: chat.createdAt.toISOString(),
    memberNames: names.get(chat.chatId) ?? [],
  }));
}
