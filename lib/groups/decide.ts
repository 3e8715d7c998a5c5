/**
 * Which group is an order's: the only place that decides it, whoever asks. It
 * is pure, and takes only facts that asking does not change: of intents, when
 * they began and until when their client could create a group; of chats, their
 * first name, when they were made and who is in them. So it does not matter
 * whether the page, a callback or the night asks first.
 *
 * What is unique on both sides is bound: no other chat fits the intent, and no
 * other order's intent fits the chat; or the name tells them apart on both
 * sides. Everything else is a question for a person. A chat that was reported
 * by its id needs no decision.
 */
import type { ChatAround } from "../chats/around.ts";
import { type Intent, leaseEnd } from "./intent.ts";
import { checkChat } from "./verify.ts";

/** WeCom's clock differs from ours, and tells whole seconds. */
export const SKEW_MS = 2 * 60_000;
/** A client whose screen stayed open may make the group after the lease. */
export const LATE_MS = 24 * 60 * 60_000;
/** WeCom tells times in whole seconds. */
const SECOND_MS = 1_000;
/** Our own instances differ by seconds. */
const OWN_SKEW_MS = 10_000;

export type Decision =
  | { kind: "nothing" }
  | { kind: "bind"; chatId: string }
  /**
   * The fitting chats without an order; none when other orders have them all.
   */
  | { kind: "ask"; chatIds: string[] };

/** Could this chat have come of this intent? */
export function fits(chat: ChatAround, intent: Intent): boolean {
  return chat.firstReading >= intent.openedReading &&
    chat.createTime >= intent.createdAt.getTime() - SKEW_MS &&
    chat.createTime <= intent.expiresAt.getTime() + LATE_MS &&
    checkChat(chat, intent) === null;
}

/**
 * Decides for an intent that waits for its group. `chats` has to hold every
 * chat that fits it, `intents` every intent of other orders that fits one of
 * these chats; both may hold more.
 */
export function decide(
  intent: Intent,
  chats: readonly ChatAround[],
  intents: readonly Intent[],
): Decision {
  const fitting = chats.filter((chat) => fits(chat, intent));
  if (fitting.length === 0) return { kind: "nothing" };
  const free = fitting.filter((chat) => chat.orderId === null);
  const unique = intent.askedAt !== null
    ? []
    : free.filter((chat) =>
      isOnlyChat(chat, intent, fitting) && isOnlyIntent(chat, intent, intents)
    );
  const [only] = unique;
  // WeCom may not show the chat that was reported yet.
  const isOther = intent.chatId !== null && intent.chatId !== only?.chatId;
  return only && unique.length === 1 && !isOther
    ? { kind: "bind", chatId: only.chatId }
    : { kind: "ask", chatIds: free.map((chat) => chat.chatId) };
}

/**
 * No other chat fits; or this one has the name that was asked for, and no
 * other.
 */
function isOnlyChat(
  chat: ChatAround,
  { groupName }: Intent,
  fitting: readonly ChatAround[],
): boolean {
  const others = fitting.filter((one) => one.chatId !== chat.chatId);
  return others.length === 0 || chat.firstName === groupName &&
      others.every((one) => one.firstName !== groupName);
}

/**
 * No other order's intent fits; or this one asked for the chat's name, and none
 * of the others did.
 */
function isOnlyIntent(
  chat: ChatAround,
  intent: Intent,
  intents: readonly Intent[],
): boolean {
  const rivals = intents.filter((other) => isRival(other, chat, intent));
  return rivals.length === 0 || chat.firstName === intent.groupName &&
      rivals.every((other) => other.groupName !== chat.firstName);
}

/**
 * Could the chat also have come of `other`, another order's intent? If the chat
 * looks older than `intent`, or was made after its lease, any other creation
 * may have left it behind, also one that is long over. If the chat was made
 * within the lease, only those count that were under way after `intent` began:
 * a page that had got its group before that makes no second one.
 */
export function isRival(
  other: Intent,
  chat: ChatAround,
  intent: Intent,
): boolean {
  if (other.orderId === intent.orderId) return false;
  const began = intent.createdAt.getTime();
  const young = chat.createTime >= began - SECOND_MS &&
    chat.createTime <= leaseEnd(intent) + SKEW_MS;
  // If the chat has the name that `other` asked for, the wide limits count for
  // it.
  const named = other.groupName === chat.firstName &&
    intent.groupName !== chat.firstName;
  const near = young && !named;
  const early = near ? OWN_SKEW_MS : SKEW_MS;
  const until = near
    ? leaseEnd(other) + SKEW_MS
    : other.expiresAt.getTime() + LATE_MS;
  if (
    chat.firstReading < other.openedReading ||
    other.createdAt.getTime() > chat.createTime + early ||
    until < chat.createTime
  ) return false;
  if (other.state === "bound") {
    if (other.chatId === chat.chatId) return false;
    const since = near ? began : chat.createTime - SKEW_MS;
    if (other.boundAt.getTime() < since) return false;
  }
  return checkChat(chat, other) === null;
}
