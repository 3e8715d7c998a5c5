/**
 * Chats of the mirror that could be somebody's new group, with their members:
 * chosen by owner, by the time they were made, and by when they were first
 * read.
 */
import type { Queries } from "../store/database.ts";

export interface ChatAround {
  chatId: string;
  /** The order that it is bound to; null: none. */
  orderId: string | null;
  name: string;
  /** What it was called when it was first read. */
  firstName: string;
  ownerWxUserId: string;
  /** ms since epoch, by WeCom. */
  createTime: number;
  firstReading: number;
  /** When the last reading of it began, ms since epoch. */
  syncedAt: number;
  members: readonly { userId: string; type: "member" | "external" }[];
}

export interface Around {
  /** One of them owns it; userids in their normal form. */
  ownerKeys: readonly string[];
  /** From when to when it was made, both ends included; null: any time. */
  from: Date | null;
  until: Date | null;
  /** Number of a reading: chats that were first read before it are left out. */
  firstReading: number;
  /** Customers who are all in it. */
  customers?: readonly string[];
}

interface Row {
  chatId: string;
  orderId: string | null;
  name: string;
  firstName: string | null;
  owner: string;
  createdAt: Date;
  firstReading: string;
  syncedAt: Date;
  memberIds: string[] | null;
  memberTypes: ("member" | "external")[] | null;
}

/** Chats that are not dissolved and that WeCom shows, the newest first. */
export async function chatsAround(
  queries: Queries,
  { ownerKeys, from, until, firstReading, customers = [] }: Around,
): Promise<ChatAround[]> {
  const rows = await queries<Row[]>`
    select c.chat_id, c.order_id, c.name, c.first_name, c.owner, c.created_at,
      c.first_reading, c.synced_at, m.member_ids, m.member_types
    from chat c
    cross join lateral (
      select array_agg(member_id) as member_ids, array_agg(type) as member_types
      from chat_member m where m.chat_id = c.chat_id and m.left_at is null
    ) m
    where lower(c.owner collate "C") = any(${[...ownerKeys]}::text[])
      and c.dismissed_at is null and c.refused_at is null
      and c.first_reading >= ${firstReading}
      ${from ? queries`and c.created_at >= ${from}` : queries``}
      ${until ? queries`and c.created_at <= ${until}` : queries``}
      and not exists (
        select 1 from unnest(${[...customers]}::text[]) as wanted (id)
        where not exists (
          select 1 from chat_member m where m.chat_id = c.chat_id
            and m.member_id = wanted.id and m.left_at is null))
    order by c.created_at desc, c.chat_id`;
  return rows.map(toChat);
}

/** One such chat, if it is not dissolved and WeCom shows it. */
export async function chatAround(
  queries: Queries,
  chatId: string,
): Promise<ChatAround | null> {
  const [row] = await queries<Row[]>`
    select c.chat_id, c.order_id, c.name, c.first_name, c.owner, c.created_at,
      c.first_reading, c.synced_at, m.member_ids, m.member_types
    from chat c
    cross join lateral (
      select array_agg(member_id) as member_ids, array_agg(type) as member_types
      from chat_member m where m.chat_id = c.chat_id and m.left_at is null
    ) m
    where c.chat_id = ${chatId} and c.dismissed_at is null
      and c.refused_at is null`;
  return row ? toChat(row) : null;
}

function toChat(row: Row): ChatAround {
  const types = row.memberTypes ?? [];
  return {
    chatId: row.chatId,
    orderId: row.orderId,
    name: row.name,
    firstName: row.firstName ?? row.name,
    ownerWxUserId: row.owner,
    createTime: row.createdAt.getTime(),
    firstReading: Number(row.firstReading),
    syncedAt: row.syncedAt.getTime(),
    members: (row.memberIds ?? []).map((userId, index) => ({
      userId,
      type: types[index] ?? "member",
    })),
  };
}
