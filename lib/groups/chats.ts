/**
 * The mirror of customer groups. A group is written from what groupchat/get
 * answers (doc 92122), whole; members who are not in the answer have left.
 * Their rows stay: who was in which group, and when, is kept for good.
 */
import type { Queries } from "../store/database.ts";
import type { GroupChat } from "../wecom/mod.ts";

export interface ChatRow {
  chatId: string;
  orderId: string | null;
  name: string;
  owner: string;
  createdAt: Date;
  memberVersion: string | null;
  boundAt: Date | null;
  syncedAt: Date;
  dismissedAt: Date | null;
}

export interface MemberRow {
  memberId: string;
  type: "member" | "external";
  name: string;
  joinedAt: Date;
}

/** Writes the group and its members. Safe to repeat; call it in a transaction. */
export async function saveChat(
  queries: Queries,
  chat: GroupChat,
  now: number,
): Promise<void> {
  const at = new Date(now);
  await queries`
    insert into chat ${
    queries({
      chatId: chat.chatId,
      name: chat.name,
      owner: chat.ownerWxUserId,
      createdAt: new Date(chat.createTime || now),
      memberVersion: chat.memberVersion,
      syncedAt: at,
    })
  }
    on conflict (chat_id) do update set
      name = excluded.name, owner = excluded.owner,
      member_version = excluded.member_version,
      synced_at = excluded.synced_at, dismissed_at = null`;
  const members = [
    ...new Map(chat.members.map((one) => [one.userId, one])).values(),
  ];
  const ids = members.map((one) => one.userId);
  await queries`
    update chat_member set left_at = ${at}
    where chat_id = ${chat.chatId} and left_at is null
      and not (member_id = any(${ids}::text[]))`;
  if (members.length === 0) return;
  const rows = members.map((one) => ({
    chatId: chat.chatId,
    memberId: one.userId,
    type: one.type,
    name: one.name,
    joinedAt: new Date(one.joinTime || chat.createTime || now),
    joinScene: one.joinScene,
    invitor: one.invitorWxUserId,
    state: one.state,
  }));
  await queries`
    insert into chat_member ${queries(rows)}
    on conflict (chat_id, member_id) where left_at is null do update set
      name = excluded.name, state = excluded.state`;
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

/** WeCom says that it is gone (40050, 49008). The rows stay. */
export async function markDismissed(
  queries: Queries,
  chatId: string,
  now: number,
): Promise<void> {
  await queries`
    update chat set dismissed_at = ${new Date(now)}, synced_at = ${new Date(
    now,
  )}
    where chat_id = ${chatId} and dismissed_at is null`;
}
