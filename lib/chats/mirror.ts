/**
 * The mirror of customer groups. A group is written as groupchat/get answers it
 * (doc 92122), as a whole; members who are not in the answer have left. Their
 * rows stay: who was in which group, and when, is kept for good.
 */
import type { Queries } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { GroupChat, OwnerStatus } from "../wecom/mod.ts";
import { type ChatChanges, movesOf, unchanged } from "./changes.ts";
import { confirmedAfter, confirmedColumns, holdChat } from "./confirm.ts";
import { readStays, writeStays } from "./stay_rows.ts";
import type { Group } from "./stay.ts";
import { type Basis, planStays } from "./stays.ts";
import { NOTHING_TOLD, type ToldMoves } from "./told_moves.ts";

export interface ChatRow {
  chatId: string;
  orderId: string | null;
  name: string;
  owner: string;
  ownerStatus: OwnerStatus;
  createdAt: Date;
  memberVersion: string | null;
  /** Number of the last reading that the row was written from or confirmed by. */
  reading: string;
  /** Number of the reading that showed it for the first time. */
  firstReading: string;
  /**
   * A change was announced that only readings with this number or a higher one
   * have; null: none.
   */
  announced: string | null;
  boundAt: Date | null;
  syncedAt: Date;
  /** Since when WeCom refuses to show it; null once it was read again. */
  refusedAt: Date | null;
  dismissedAt: Date | null;
}

export interface MemberRow {
  memberId: string;
  type: "member" | "external";
  name: string;
  joinedAt: Date;
}

/**
 * Writes the group and its members as they were read. Safe to repeat; call it
 * in a transaction. null, with nothing written, when the mirror has a later
 * reading.
 */
export async function saveChat(
  queries: Queries,
  chat: GroupChat,
  reading: Reading,
  told: ToldMoves = NOTHING_TOLD,
): Promise<ChatChanges | null> {
  const { chatId } = chat;
  const was = await lockChat(queries, chatId);
  const now = await writeChat(queries, chat, reading);
  if (!now) return null;
  const createdAt = chat.createTime || (was?.createdAt.getTime() ?? 0);
  const seenAt = was?.syncedAt.getTime() ?? null;
  const readAt = reading.at.getTime();
  const moves = await saveStays(
    queries,
    chatId,
    { createdAt, seenAt },
    { kind: "answer", chat, readAt },
    told,
  );
  return {
    ...unchanged(chatId, now.orderId),
    moves,
    lostOrderId: now.lostOrder,
    added: now.added,
    renamed: was !== null && was.name !== "" && was.name !== now.name,
    ownerChanged: was !== null && was.owner !== "" &&
        !isSameUser(was.owner, now.owner)
      ? { from: was.owner, to: now.owner }
      : null,
  };
}

/**
 * The row as it is; locked, so that nobody else writes the group or its
 * members.
 */
async function lockChat(
  queries: Queries,
  chatId: string,
): Promise<ChatRow | null> {
  await holdChat(queries, chatId);
  const [row] = await queries<ChatRow[]>`
    select ${confirmedColumns(queries)}
    from chat left join chat_confirmed confirmed using (chat_id)
    where chat_id = ${chatId} for update of chat`;
  return row ?? null;
}

type Written = Pick<ChatRow, "orderId" | "name" | "owner"> & {
  lostOrder: string | null;
  added: boolean;
};

async function writeChat(
  queries: Queries,
  chat: GroupChat,
  { at, number }: Reading,
): Promise<Written | null> {
  // The chat was believed to be dissolved, and its order has another group by
  // now.
  const [row] = await queries<Written[]>`
    with lost as (
      select gone.order_id from chat gone
      where gone.chat_id = ${chat.chatId} and gone.dismissed_at is not null
        and exists (
          select 1 from chat other where other.order_id = gone.order_id
            and other.chat_id <> gone.chat_id and other.dismissed_at is null)
    )
    insert into chat ${
    queries({
      chatId: chat.chatId,
      name: chat.name,
      firstName: chat.name || null,
      owner: chat.ownerWxUserId,
      createdAt: chat.createTime ? new Date(chat.createTime) : at,
      memberVersion: chat.memberVersion,
      syncedAt: at,
      reading: number,
      firstReading: number,
    })
  }
    on conflict (chat_id) do update set
      -- An answer that does not tell them changes nothing.
      name = coalesce(nullif(excluded.name, ''), chat.name),
      owner = coalesce(nullif(excluded.owner, ''), chat.owner),
      -- Of what the release before wrote: as it was called until now.
      first_name = coalesce(chat.first_name, nullif(chat.name, ''),
        excluded.first_name),
      member_version = excluded.member_version,
      -- Of the former owner; the next listing tells of this one.
      owner_status = case when excluded.owner = ''
        or lower(chat.owner collate "C") = lower(excluded.owner collate "C")
        then chat.owner_status else 'normal' end,
      synced_at = excluded.synced_at, dismissed_at = null,
      refused_at = null, reading = excluded.reading, members_told = false,
      order_id = case when exists (select 1 from lost) then null
        else chat.order_id end,
      announced = case when chat.announced > excluded.reading
        then chat.announced end
    where chat.reading <= excluded.reading
      and not ${confirmedAfter(queries, number)}
    returning order_id, name, owner, (xmax = 0) as added,
      (select order_id from lost) as lost_order`;
  return row ?? null;
}

/**
 * Writes who came and went by events alone, without a reading: the group goes
 * from one version of its members to the next. Call it in a transaction; null,
 * with nothing written, when the row has changed since it was found.
 */
export async function applyTold(
  queries: Queries,
  found: ChatRow,
  memberVersion: string,
  { number }: Reading,
  told: ToldMoves,
): Promise<ChatChanges | null> {
  const hasArrivals = told.some((move) => move.kind === "joined");
  await holdChat(queries, found.chatId);
  const rows = await queries`
    update chat set member_version = ${memberVersion}, reading = ${number},
      members_told = members_told or ${hasArrivals}
    where chat_id = ${found.chatId} and ${found.reading} = greatest(reading, (
        select confirmed.reading from chat_confirmed confirmed
        where confirmed.chat_id = chat.chat_id))
      and announced is null and dismissed_at is null
    returning 1`;
  if (rows.length === 0) return null;
  const { chatId, orderId } = found;
  const moves = await saveStays(
    queries,
    chatId,
    groupOf(found),
    { kind: "told" },
    told,
  );
  return { ...unchanged(chatId, orderId), moves };
}

const groupOf = (row: ChatRow): Group => ({
  createdAt: row.createdAt.getTime(),
  seenAt: row.syncedAt.getTime(),
});

async function saveStays(
  queries: Queries,
  chatId: string,
  group: Group,
  basis: Basis,
  told: ToldMoves,
): Promise<ChatChanges["moves"]> {
  const known = await readStays(queries, chatId);
  const planned = planStays(known, group, basis, told);
  const begun = await writeStays(queries, chatId, planned);
  return movesOf(known, planned, begun);
}

export async function findChat(
  queries: Queries,
  chatId: string,
): Promise<ChatRow | null> {
  const [row] = await queries<ChatRow[]>`
    select ${confirmedColumns(queries)}
    from chat left join chat_confirmed confirmed using (chat_id)
    where chat_id = ${chatId}`;
  return row ?? null;
}

/** The order's group: the living one, else the one dismissed last. */
export async function chatOfOrder(
  queries: Queries,
  orderId: string,
): Promise<ChatRow | null> {
  const [row] = await queries<ChatRow[]>`
    select * from chat where order_id = ${orderId}
    order by dismissed_at desc nulls first limit 1`;
  return row ?? null;
}

/**
 * The chat becomes an order's group, unless it is one. Throws a unique violation
 * when the order has a living one.
 */
export async function giveToOrder(
  queries: Queries,
  chatId: string,
  orderId: string,
  at: Date,
): Promise<"now" | "already" | "other" | "gone"> {
  const given = await queries`
    update chat set order_id = ${orderId}, bound_at = ${at}
    where chat_id = ${chatId} and order_id is null and dismissed_at is null
    returning 1`;
  if (given.length > 0) return "now";
  const row = await findChat(queries, chatId);
  // A later reading than the one at hand found it dissolved.
  if (row && row.orderId === null) return "gone";
  return row?.orderId === orderId ? "already" : "other";
}

export async function presentMembers(
  queries: Queries,
  chatId: string,
): Promise<MemberRow[]> {
  return await queries<MemberRow[]>`
    select member_id, type, name, joined_at from chat_member
    where chat_id = ${chatId} and left_at is null
    order by type desc, joined_at, member_id`;
}

/**
 * A reading said that the group is gone (40050, 49008). The rows stay. Call it
 * in a transaction; null when that was known, or a later reading showed the
 * group.
 */
export async function markDismissed(
  queries: Queries,
  chatId: string,
  { at, number }: Reading,
): Promise<ChatChanges | null> {
  await holdChat(queries, chatId);
  const [row] = await queries<{ orderId: string | null }[]>`
    update chat set dismissed_at = ${at}, synced_at = ${at}, reading = ${number}
    where chat_id = ${chatId} and dismissed_at is null and reading <= ${number}
      and not ${confirmedAfter(queries, number)}
    returning order_id`;
  return row ? { ...unchanged(chatId, row.orderId), dismissed: true } : null;
}

/**
 * Writes who came and left before the end of a group that cannot be read any
 * more. Call it in a transaction; null for a group that the mirror lacks.
 */
export async function saveEnd(
  queries: Queries,
  chatId: string,
  told: ToldMoves,
): Promise<ChatChanges | null> {
  const row = await lockChat(queries, chatId);
  if (!row) return null;
  const moves = await saveStays(
    queries,
    chatId,
    groupOf(row),
    { kind: "dissolved" },
    told,
  );
  return { ...unchanged(chatId, row.orderId), moves };
}

/**
 * WeCom refused to show the group: the mirror keeps what it has. Call it in a
 * transaction.
 */
export async function markRefused(
  queries: Queries,
  chatId: string,
  { at, number }: Reading,
): Promise<void> {
  await holdChat(queries, chatId);
  await queries`
    update chat set refused_at = ${at}
    where chat_id = ${chatId} and reading <= ${number}
      and not ${confirmedAfter(queries, number)}`;
}

/**
 * A change was announced and could not be read yet: only later readings have
 * it.
 */
export async function announceChange(
  queries: Queries,
  chatId: string,
): Promise<void> {
  await queries`
    update chat set announced = nextval('reading') where chat_id = ${chatId}`;
}
