/**
 * A group that WeCom tells of may be the one that somebody prepared, and whose
 * page never reported it (an old client answers no chat id, 98429; a phone loses
 * its network). It is found by owner, members and time, and bound; when it is
 * not clear whose it is, a person decides by linking it.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Reading } from "../store/reading.ts";
import { AppError } from "../http/errors.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { bind } from "./bind.ts";
import { type ChatRow, findChat, presentMembers } from "../chats/mirror.ts";
import type { Intent, IntentState } from "./intents.ts";
import { userKey } from "../staff/user_id.ts";
import { check, type Seen, SKEW_MS } from "./verify.ts";

/** What decides whose a chat is. */
export interface Looked extends Seen {
  chatId: string;
  name: string;
  /** ms since epoch */
  createTime: number;
}

/**
 * `unfit`: somebody waits for a group of this owner and time, but this one lacks
 * people; `none`: nobody waits, or it is an order's already.
 */
export type Adoption = "bound" | "unfit" | "none";

export async function adopt(
  deps: { sql: Sql; now: () => number; log: Log },
  chat: GroupChat,
  reading: Reading,
  via: string,
): Promise<Adoption> {
  const { sql, log } = deps;
  const known = await findChat(sql, chat.chatId);
  if (known && known.orderId !== null) return "none";
  const firstReading = Number(known?.firstReading ?? reading.number);
  const waiting = openBefore(firstReading, await waitingFor(sql, chat));
  if (waiting.length === 0) return "none";
  const fitting = waiting.filter((intent) => check(chat, intent) === null);
  if (fitting.length === 0) return "unfit";
  const intent = theOne(fitting, chat);
  const clear = intent &&
    (intent.chatId === chat.chatId || !await isRivalled(sql, chat, intent));
  if (!clear) {
    log("info", "group.not_clear_whose", { chatId: chat.chatId });
    return "none";
  }
  try {
    await bind(deps, {
      orderId: intent.orderId,
      intentId: intent.intentId,
      chat,
      reading,
      actor: intent.createdBy,
      via,
    });
  } catch (error) {
    // The page's own report was quicker, or the order has another group by now.
    if (error instanceof AppError && error.status === 409) return "none";
    throw error;
  }
  log("info", "group.recovered", { orderId: intent.orderId, via });
  return "bound";
}

/**
 * Could the chat as well be the group of another order, which the same people
 * prepared for the same customer at about the same time? A name that only one
 * of the orders asked for decides. A chat that looks older than the intent may
 * be what any other creation left behind, even of an order that has a group by
 * now; one that looks younger only what an order still waits for, or waited for
 * at that time: its page may have made two.
 */
export async function isRivalled(
  sql: Queries,
  chat: Looked,
  intent: Intent,
): Promise<boolean> {
  const older = chat.createTime < intent.createdAt.getTime() - SECOND_MS;
  const states: IntentState[] = [...WAITING, "cancelled"];
  const known = await findChat(sql, chat.chatId);
  const waiting = openBefore(
    Number(known?.firstReading ?? Infinity),
    await waitingFor(sql, chat, states, older),
  );
  const served = await servedSince(sql, chat, older ? null : intent.createdAt);
  const rivals = [...waiting, ...served].filter((other) =>
    other.orderId !== intent.orderId && check(chat, other) === null
  );
  return rivals.length > 0 && (chat.name !== intent.groupName ||
    rivals.some((other) => other.groupName === chat.name));
}

/** Is this chat, to all appearances, what another order still waits for? */
export async function isAwaited(
  sql: Sql,
  chat: ChatRow,
  orderId: string,
): Promise<boolean> {
  const seen = await looked(sql, chat);
  return openBefore(
    Number(chat.firstReading),
    await waitingFor(sql, seen),
  ).some((other) => other.orderId !== orderId && check(seen, other) === null);
}

/** May this group become an order's, once the right people are in it? */
export async function mayBeAdopted(
  sql: Queries,
  chat: ChatRow,
): Promise<boolean> {
  if (chat.orderId !== null) return false;
  const seen = {
    ownerWxUserId: chat.owner,
    createTime: chat.createdAt.getTime(),
  };
  const waiting = await waitingFor(sql, seen);
  return openBefore(Number(chat.firstReading), waiting).length > 0;
}

/** What was prepared before the chat was first seen. */
function openBefore(reading: number, intents: Intent[]): Intent[] {
  return intents.filter((intent) => Number(intent.openedReading) <= reading);
}

/** A chat as the mirror has it. */
export async function looked(sql: Queries, chat: ChatRow): Promise<Looked> {
  const members = await presentMembers(sql, chat.chatId);
  return {
    chatId: chat.chatId,
    name: chat.name,
    ownerWxUserId: chat.owner,
    createTime: chat.createdAt.getTime(),
    members: members.map(({ memberId, type }) => ({ userId: memberId, type })),
  };
}

const WAITING: readonly IntentState[] = ["pending", "searching", "expired"];

/** WeCom tells times in whole seconds. */
const SECOND_MS = 1_000;

/**
 * Intents of its people in its time: each order's last one while the order has
 * no group, or `all`.
 */
async function waitingFor(
  sql: Queries,
  chat: Pick<Looked, "ownerWxUserId" | "createTime">,
  states = WAITING,
  all = false,
): Promise<Intent[]> {
  const owner = [userKey(chat.ownerWxUserId)];
  return await sql<Intent[]>`
    select * from group_intent intent
    where state = any(${[...states]}::text[])
      and user_keys(user_ids) @> ${owner}::text[]
      and created_at <= ${new Date(chat.createTime + SKEW_MS)}
      and expires_at >= ${new Date(chat.createTime - SKEW_MS)}
      and (${all} or not exists (
        select 1 from group_intent later
        where later.order_id = intent.order_id
          and later.created_at > intent.created_at)
      and not exists (
        select 1 from chat where chat.order_id = intent.order_id
          and dismissed_at is null))`;
}

/** Intents of its people and time that got another group, at `since` or later. */
async function servedSince(
  sql: Queries,
  chat: Pick<Looked, "chatId" | "ownerWxUserId" | "createTime">,
  since: Date | null,
): Promise<Intent[]> {
  const owner = [userKey(chat.ownerWxUserId)];
  // `updated_at` is when it was bound.
  return await sql<Intent[]>`
    select * from group_intent
    where state = 'active' and user_keys(user_ids) @> ${owner}::text[]
      and chat_id is distinct from ${chat.chatId}
      and created_at <= ${new Date(chat.createTime + SKEW_MS)}
      and updated_at >= ${new Date(chat.createTime - SKEW_MS)}
      ${since ? sql`and updated_at >= ${since}` : sql``}`;
}

/** Reported by its id, the only one, or the only one of this name. */
function theOne(fitting: Intent[], chat: GroupChat): Intent | null {
  const reported = fitting.find((intent) => intent.chatId === chat.chatId);
  if (reported) return reported;
  const named = fitting.filter((intent) => intent.groupName === chat.name);
  const [only] = fitting.length === 1 ? fitting : named;
  return fitting.length === 1 || named.length === 1 ? only ?? null : null;
}
