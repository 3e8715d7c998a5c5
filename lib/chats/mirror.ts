/**
 * The mirror of customer groups. A group is written from what groupchat/get
 * answers (doc 92122), whole; members who are not in the answer have left.
 * Their rows stay: who was in which group, and when, is kept for good.
 */
import type { Queries, Sql } from "../store/database.ts";
import { audit } from "../audit/audit.ts";
import type { Reading } from "../store/reading.ts";
import {
  CODE,
  type GroupChat,
  type OwnerStatus,
  type WecomError,
} from "../wecom/mod.ts";
import { NOTHING_TOLD, saveMembers, saveTold, type Told } from "./stays.ts";

export interface ChatRow {
  chatId: string;
  orderId: string | null;
  name: string;
  owner: string;
  ownerStatus: OwnerStatus;
  createdAt: Date;
  memberVersion: string | null;
  /** Number of the reading that this is. */
  reading: string;
  /** Of the reading that showed it for the first time. */
  firstReading: string;
  /** A change was announced: readings of a lower number lack it. */
  announced: string | null;
  boundAt: Date | null;
  syncedAt: Date;
  /** WeCom would not show it since; null once it was read again. */
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
 * in a transaction. false, with nothing written, when the mirror has a later
 * reading.
 */
export async function saveChat(
  queries: Queries,
  chat: GroupChat,
  reading: Reading,
  told: Told = NOTHING_TOLD,
): Promise<boolean> {
  const { at, number } = reading;
  // One that was believed to be gone, and whose order has another one by now.
  const [row] = await queries<{ lostOrder: string | null }[]>`
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
    returning (select order_id from lost) as lost_order`;
  if (!row) return false;
  if (row.lostOrder !== null) {
    await audit(queries, () => at.getTime(), {
      actor: "wecom",
      action: "group.unbound",
      subject: row.lostOrder,
      outcome: "done",
      detail: { chatId: chat.chatId },
    });
  }
  await saveMembers(queries, chat, at.getTime(), told);
  return true;
}

/**
 * Writes comings and goings that events told, without a reading: the group goes
 * from one version of its members to the next. Call it in a transaction; false,
 * with nothing written, when the mirror is not as it was found any more.
 */
export async function applyTold(
  queries: Queries,
  found: ChatRow,
  memberVersion: string,
  { number }: Reading,
  told: Told,
): Promise<boolean> {
  const rows = await queries`
    update chat set member_version = ${memberVersion}, reading = ${number},
      members_told = members_told or ${told.arrivals.length > 0}
    where chat_id = ${found.chatId} and reading = ${found.reading}
      and announced is null and dismissed_at is null
    returning 1`;
  if (rows.length === 0) return false;
  await saveTold(queries, found.chatId, told);
  return true;
}

export async function findChat(
  queries: Queries,
  chatId: string,
): Promise<ChatRow | null> {
  const [row] = await queries<ChatRow[]>`
    select * from chat where chat_id = ${chatId}`;
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
 * This reading said that it is gone (40050, 49008). The rows stay, and whose
 * order's group it was is told in the audit log; call it in a transaction.
 */
export async function markDismissed(
  queries: Queries,
  chatId: string,
  { at, number }: Reading,
  via: string,
): Promise<boolean> {
  const [row] = await queries<{ orderId: string | null }[]>`
    update chat set dismissed_at = ${at}, synced_at = ${at}, reading = ${number}
    where chat_id = ${chatId} and dismissed_at is null and reading <= ${number}
    returning order_id`;
  if (row && row.orderId !== null) {
    await audit(queries, () => at.getTime(), {
      actor: "wecom",
      action: "group.dismissed",
      subject: row.orderId,
      outcome: "done",
      detail: { chatId, via },
    });
  }
  return row !== undefined;
}

/**
 * A reading of this group alone was refused, or not understood. One that is
 * dissolved has its end; any other is kept, and not offered until it is read
 * again. Of one that the mirror lacks there is nothing to write.
 */
export async function saveRefusal(
  sql: Sql,
  chatId: string,
  error: WecomError,
  reading: Reading,
  via: string,
): Promise<void> {
  if (error.errcode === CODE.GROUP_DISSOLVED) {
    await sql.begin((sql) => markDismissed(sql, chatId, reading, via));
    return;
  }
  await markRefused(sql, chatId, reading);
}

/** This reading was refused: the mirror keeps what it has. */
export async function markRefused(
  queries: Queries,
  chatId: string,
  { at, number }: Reading,
): Promise<void> {
  await queries`
    update chat set refused_at = ${at}
    where chat_id = ${chatId} and reading <= ${number}`;
}

/** A change was announced and could not be read yet: later readings have it. */
export async function announceChange(
  queries: Queries,
  chatId: string,
): Promise<void> {
  await queries`
    update chat set announced = nextval('reading') where chat_id = ${chatId}`;
}
