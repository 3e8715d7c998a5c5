/**
 * Which group is an order's: the one decision, whoever asks for it. Pure, and of
 * facts that asking does not change, so the order of the ways back does not
 * matter: of intents when they began and until when their client could create, of
 * chats what they were called at first, when they were made and who is in them.
 *
 * What is unique on both sides is bound: no other chat fits the intent, no other
 * order's intent fits the chat, or the name tells them apart on both sides. All
 * else is a question for a person. A chat that was reported by its id needs no
 * decision.
 */
import type { ChatAround } from "../chats/around.ts";
import { type Intent, leaseEnd } from "./intent.ts";
import { checkChat } from "./verify.ts";

/** WeCom's clock is in seconds and not ours. */
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
  /** Those that are nobody's; none when others have all that fit. */
  | { kind: "ask"; chatIds: string[] };

/** Could this chat have come of this intent? */
export function fits(chat: ChatAround, intent: Intent): boolean {
  return chat.firstReading >= intent.openedReading &&
    chat.createTime >= intent.createdAt.getTime() - SKEW_MS &&
    chat.createTime <= intent.expiresAt.getTime() + LATE_MS &&
    checkChat(chat, intent) === null;
}

/**
 * For an intent that waits for its group. `chats` are at least all that fit it,
 * `intents` at least all of other orders that fit one of these.
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
  return only && unique.length === 1
    ? { kind: "bind", chatId: only.chatId }
    : { kind: "ask", chatIds: free.map((chat) => chat.chatId) };
}

/** None of the others that fit, or none that has the name that was asked for. */
function isOnlyChat(
  chat: ChatAround,
  { groupName }: Intent,
  fitting: readonly ChatAround[],
): boolean {
  const others = fitting.filter((one) => one.chatId !== chat.chatId);
  return others.length === 0 || chat.firstName === groupName &&
      others.every((one) => one.firstName !== groupName);
}

/** None of the others' intents, or none that asked for this name. */
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
 * Could the chat as well have come of another order's intent? One that looks older
 * than the intent, or came after its lease, may be what any other creation left
 * behind, a late one too; one that looks as it should only what was under way after
 * the intent began: a page that got its group before that does not make another.
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
  // One that has the name counts as widely as the name does on its own side.
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
