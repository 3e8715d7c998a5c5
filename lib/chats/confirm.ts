/**
 * A reading that shows a group as it is in the mirror changes nothing there: a
 * row of its own, narrow and without further indexes, says that it was read.
 * Otherwise each night would write a seventh of all groups with their indexes
 * anew. The later of both readings counts as the group's. An answer that is
 * older than a confirmation must not be written over what was confirmed, so
 * whoever writes a group or confirms it holds its lock.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { readStays } from "./stay_rows.ts";
import { planStays } from "./stays.ts";
import { NOTHING_TOLD } from "./told_moves.ts";

/**
 * Until the end of the transaction nobody else writes or confirms the group. A
 * statement after it sees every confirmation.
 */
export async function holdChat(
  queries: Queries,
  chatId: string,
): Promise<void> {
  await queries`
    select pg_advisory_xact_lock(hashtextextended(${`chat/${chatId}`}, 0))`;
}

/** Whether a row of `chat` was confirmed by a later reading than this one. */
export function confirmedAfter(queries: Queries, number: number | string) {
  return queries`exists (
    select 1 from chat_confirmed later
    where later.chat_id = chat.chat_id and later.reading > ${number})`;
}

/** A row of `chat` with what was confirmed of it, for a `select`. */
export function confirmedColumns(queries: Queries) {
  return queries`chat.*,
    greatest(chat.reading, confirmed.reading) as reading,
    greatest(chat.synced_at, confirmed.confirmed_at) as synced_at`;
}

interface Row {
  name: string;
  owner: string;
  createdAt: Date;
  syncedAt: Date;
  memberVersion: string | null;
  /** Of the row itself. */
  reading: string;
}

/**
 * Notes that the answer shows the group and its members as the mirror has them.
 * false, with nothing written: it does not, or the group waits for a reading
 * that is written whole, such as one of which a change was announced.
 */
export async function confirmChat(
  sql: Sql,
  chat: GroupChat,
  { number, at }: Reading,
): Promise<boolean> {
  const { chatId } = chat;
  // No lock here: it would be written to the row.
  const [row] = await sql<Row[]>`
    select name, owner, created_at, synced_at, member_version, reading
    from chat where chat_id = ${chatId} and ${isSettled(sql)}`;
  if (!row || !isSame(row, chat)) return false;
  const group = {
    createdAt: chat.createTime || row.createdAt.getTime(),
    seenAt: row.syncedAt.getTime(),
  };
  const known = await readStays(sql, chatId);
  const basis = { kind: "answer", chat, readAt: at.getTime() } as const;
  const plan = planStays(known, group, basis, NOTHING_TOLD);
  if (Object.values(plan).some((changes) => changes.length > 0)) return false;
  const confirmed = await sql.begin(async (sql) => {
    await holdChat(sql, chatId);
    return await sql`
      insert into chat_confirmed (chat_id, reading, confirmed_at)
      select chat_id, ${number}, ${at} from chat
      where chat_id = ${chatId} and reading = ${row.reading}
        and reading <= ${number} and ${isSettled(sql)}
      on conflict (chat_id) do update set reading = excluded.reading,
        confirmed_at = excluded.confirmed_at
      where chat_confirmed.reading <= excluded.reading
      returning 1`;
  });
  return confirmed.length > 0;
}

/** Nothing in the row waits for a reading. */
function isSettled(queries: Queries) {
  return queries`dismissed_at is null and announced is null
    and refused_at is null and not members_told and first_name is not null`;
}

function isSame(row: Row, chat: GroupChat): boolean {
  return (chat.name === "" || chat.name === row.name) &&
    (chat.ownerWxUserId === "" || chat.ownerWxUserId === row.owner) &&
    chat.memberVersion === row.memberVersion;
}
