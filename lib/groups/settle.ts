/**
 * What happens when nobody told how a creation ended: the page died after the
 * group was made, the client was too old to name it (98429), the report was lost.
 * Look, decide, verify, bind: the page, `group.get`, `group.record`, preparing,
 * callbacks, the clock and the night all call this and nothing else, so it does
 * not matter who comes first. What it needs of record and WeCom is its `Ground`.
 */
import { LOOK_AGAIN_MS } from "../chats/looks.ts";
import type { ChatAround } from "../chats/around.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { AppError } from "../http/errors.ts";
import { distinctUsers, isSameUser } from "../staff/user_id.ts";
import { type GroupChat, isOfOne, WecomError } from "../wecom/mod.ts";
import type { Binding } from "./bind.ts";
import { decide, type Decision, fits } from "./decide.ts";
import {
  type EndReason,
  type Intent,
  isLapsed,
  isLive,
  isOpen,
  isWorthALook,
  lapseReason,
  peopleOf,
} from "./intent.ts";
import type { Cause } from "./moves.ts";
import { check } from "./verify.ts";

const RECENT_MS = 2 * 24 * 60 * 60_000;

/** What is recorded of an order. */
export interface Recorded {
  /** All of its intents, the newest first. */
  intents: readonly Intent[];
  /** Its living group, else the one that was dissolved last. */
  chat: Pick<ChatRow, "chatId" | "dismissedAt" | "boundAt"> | null;
}

export interface Ground {
  now(): number;
  recorded(orderId: string): Promise<Recorded>;
  /** Living chats of the mirror that could have come of one of these intents. */
  chatsFor(intents: readonly Intent[]): Promise<ChatAround[]>;
  /** Intents of any order that one of these chats could have come of. */
  intentsFor(chats: readonly ChatAround[]): Promise<Intent[]>;
  /** Brings the mirror up to date with the groups of an owner. */
  look(
    owner: string,
    since: number,
  ): Promise<{ complete: boolean }>;
  /** Asks WeCom for one chat, and writes the answer down. */
  read(chatId: string, via?: string): Promise<ChatAnswer>;
  keep(answer: ChatAnswer, via: string): Promise<void>;
  /** false: a person was asked meanwhile. Throws 409s. */
  bind(binding: Binding): Promise<boolean>;
  note(
    intent: Intent,
    chatIds: readonly string[],
    ask: boolean,
    cause: Cause,
  ): Promise<void>;
  /** A look that began then did not bind it. */
  missed(intent: Intent, since: number): Promise<void>;
  /** Its time is over. */
  end(intent: Intent, reason: EndReason, cause: Cause): Promise<void>;
}

export interface SettleOptions {
  via: string;
  requestId?: string | null;
  /**
   * When a look at WeCom must have begun to count, ms since epoch: some moments
   * ago, unless told.
   */
  since?: number;
  /** Look whatever is known already: somebody is about to make a group. */
  anew?: boolean;
}

/**
 * Finds the order's group, or the question to put, as far as it can be found now.
 * What came of it is in the order's situation. Throws what WeCom answers.
 */
export async function settle(
  ground: Ground,
  orderId: string,
  options: SettleOptions,
): Promise<void> {
  const { intents, chat } = await ground.recorded(orderId);
  if (chat && chat.dismissedAt === null) return;
  const [newest] = intents;
  if (!newest) return;
  const cause = causeOf(newest, options);
  const claim = isClaim(newest, chat, options.anew) ? newest : null;
  if (!claim) {
    // Its group was dissolved; otherwise it was given up, and nobody begins anew.
    if (chat) await askAbout(ground, newest, intents, cause);
    return;
  }
  if (claim.chatId !== null && await bindReported(ground, claim, cause)) return;
  const others = intents.slice(1).filter((one) => isRecent(one, ground.now()));
  if (await findGroup(ground, claim, others, cause, options)) return;
  if (options.anew && !isLive(claim, ground.now())) {
    // What an earlier one left behind, before another is made.
    await askAbout(ground, claim, others, cause);
  }
}

function causeOf({ createdBy }: Intent, { via, requestId }: SettleOptions) {
  return { actor: createdBy, via, requestId: requestId ?? null };
}

/** Of days ago is what nobody looks for any more. */
function isRecent({ expiresAt }: Intent, now: number): boolean {
  return now - expiresAt.getTime() <= RECENT_MS;
}

/**
 * Does this intent, its order's newest, still wait for its group? One that was
 * given up does only when somebody begins anew: nobody shall make a second one.
 */
function isClaim(
  intent: Intent,
  chat: Recorded["chat"],
  anew = false,
): boolean {
  if (intent.state === "bound") return false;
  // The order has had a group since.
  if (chat?.boundAt && chat.boundAt > intent.createdAt) return false;
  return isOpen(intent) || anew || intent.state === "ended" &&
      isLapsed(intent, Infinity);
}

/** The chat that was reported by its id, if WeCom confirms it by now. */
async function bindReported(
  ground: Ground,
  claim: Intent,
  cause: Cause,
): Promise<boolean> {
  const answer = await ground.read(claim.chatId ?? "");
  if (answer.kind !== "present" || check(answer.chat, claim) !== null) {
    return false;
  }
  return await tryToBind(ground, { ...toBind(claim, answer), cause });
}

/** true: found and bound. */
async function findGroup(
  ground: Ground,
  claim: Intent,
  /** Of the same order, looked for with it. */
  others: readonly Intent[],
  cause: Cause,
  { since = ground.now() - LOOK_AGAIN_MS, anew = false }: SettleOptions,
): Promise<boolean> {
  const mirrored = await judge(ground, claim);
  const asks = anew || isWorthALook(claim, ground.now());
  if (mirrored.kind === "nothing" && !asks) return false;
  const began = Math.max(since, claim.createdAt.getTime());
  const { complete } = await lookFor(ground, claim, others, began);
  if (!complete) return false;
  const decision = await judge(ground, claim);
  if (decision.kind === "bind") {
    return await bindFound(ground, claim, decision.chatId, cause);
  }
  const asked = decision.kind === "ask" &&
    await ask(ground, claim, decision.chatIds, others, cause);
  await ground.missed(claim, began);
  await endIfOver(ground, claim, asked, began, cause);
  return false;
}

/** Who has to choose sees all that was made for the order. */
async function ask(
  ground: Ground,
  claim: Intent,
  chatIds: readonly string[],
  others: readonly Intent[],
  cause: Cause,
): Promise<boolean> {
  const more = await freeChatsOf(ground, others);
  const all = [...new Set([...chatIds, ...more])];
  if (all.length > 0) await ground.note(claim, all, true, cause);
  return all.length > 0;
}

async function judge(ground: Ground, claim: Intent): Promise<Decision> {
  const chats = await ground.chatsFor([claim]);
  const intents = chats.length === 0 ? [] : await ground.intentsFor(chats);
  return decide(claim, chats, intents);
}

/**
 * The groups of all who could own it, and again those that could be it: their
 * members may have changed without our hearing of it.
 */
async function lookFor(
  ground: Ground,
  claim: Intent,
  others: readonly Intent[],
  since: number,
): Promise<{ complete: boolean }> {
  const owners = distinctUsers([claim, ...others].flatMap(peopleOf));
  const looks = await Promise.all(owners.map(async (owner) => {
    try {
      return await ground.look(owner, since);
    } catch (error) {
      // Of a colleague whom the app may not see there is nothing to see.
      if (isSameUser(owner, claim.createdBy)) throw error;
      if (error instanceof WecomError) return { complete: isOfOne(error) };
      throw error;
    }
  }));
  const stale = (await ground.chatsFor([claim, ...others])).filter((chat) =>
    chat.orderId === null && chat.syncedAt < since
  );
  for (const { chatId } of stale) await ground.read(chatId);
  return { complete: looks.every((look) => look.complete) };
}

async function bindFound(
  ground: Ground,
  claim: Intent,
  chatId: string,
  cause: Cause,
): Promise<boolean> {
  const answer = await ground.read(chatId);
  if (answer.kind !== "present" || check(answer.chat, claim) !== null) {
    return false;
  }
  return await tryToBind(ground, {
    ...toBind(claim, answer),
    cause,
    unasked: true,
  });
}

function toBind(
  intent: Intent,
  { chat, reading }: ChatAnswer & { kind: "present" },
) {
  return { orderId: intent.orderId, intent, chat, reading };
}

/** Somebody may have been quicker: the order has its group then. */
async function tryToBind(ground: Ground, binding: Binding): Promise<boolean> {
  try {
    if (!await ground.bind(binding)) return false;
  } catch (error) {
    if (error instanceof AppError && error.status === 409) return false;
    throw error;
  }
  const { intent, cause } = binding;
  if (intent) await noteOthers(ground, intent, cause);
  return true;
}

/** Whose time is over ends now, or is told better than when nobody could look. */
async function endIfOver(
  ground: Ground,
  claim: Intent,
  asked: boolean,
  since: number,
  cause: Cause,
): Promise<void> {
  if (isLive(claim, ground.now())) return;
  const missedAt = new Date(since);
  const askedAt = asked ? missedAt : claim.askedAt;
  const reason = lapseReason({ ...claim, missedAt, askedAt });
  const unasked = claim.state === "ended" && claim.reason === "not_asked" &&
    reason !== "not_asked";
  if (!isOpen(claim) && !unasked) return;
  await ground.end(claim, reason, { ...cause, actor: "system" });
}

/**
 * The order has no group: what another of its creations left behind may be it. A
 * person is asked, since it was not what they went on with.
 */
async function askAbout(
  ground: Ground,
  newest: Intent,
  others: readonly Intent[],
  cause: Cause,
): Promise<void> {
  const found = await freeChatsOf(ground, others);
  if (found.length > 0) await ground.note(newest, found, true, cause);
}

/** What else was made for this order, to be told of. */
async function noteOthers(
  ground: Ground,
  intent: Intent,
  cause: Cause,
): Promise<void> {
  const { intents } = await ground.recorded(intent.orderId);
  const found = await freeChatsOf(ground, intents);
  if (found.length > 0) await ground.note(intent, found, false, cause);
}

async function freeChatsOf(
  ground: Ground,
  intents: readonly Intent[],
): Promise<string[]> {
  if (intents.length === 0) return [];
  const chats = (await ground.chatsFor(intents)).filter((chat) =>
    chat.orderId === null && intents.some((intent) => fits(chat, intent))
  );
  return chats.map((chat) => chat.chatId);
}

/**
 * `unfit`: somebody waits for a group of this owner and time, but this one lacks
 * people; `none`: nobody waits for it.
 */
export type Around = "settled" | "unfit" | "none";

/** A chat that WeCom told of: the orders whose group it may be are settled. */
export async function settleAround(
  ground: Ground,
  answer: ChatAnswer & { kind: "present" },
  firstReading: number,
  options: SettleOptions,
): Promise<Around> {
  const seen = asSeen(answer.chat, firstReading);
  const around = (await ground.intentsFor([seen])).filter((intent) =>
    intent.openedReading <= firstReading
  );
  const orderIds = new Set(around.map((intent) => intent.orderId));
  let result: Around = "none";
  let isKept = false;
  for (const orderId of orderIds) {
    const part = partOf(seen, await ground.recorded(orderId));
    if (part.kind === "unfit" && result === "none") result = "unfit";
    if (part.kind === "none" || part.kind === "unfit") continue;
    if (!isKept) await ground.keep(answer, options.via);
    isKept = true;
    if (part.kind === "claim") {
      await settle(ground, orderId, options);
      result = "settled";
    } else {
      const cause = causeOf(part.newest, options);
      await ground.note(part.newest, [seen.chatId], part.ask, cause);
    }
  }
  return result;
}

type Part =
  | { kind: "none" }
  | { kind: "unfit" }
  | { kind: "claim" }
  /** The order does not wait for it, but it was made for the order. */
  | { kind: "other"; newest: Intent; ask: boolean };

/** What this chat is to an order. */
function partOf(seen: ChatAround, { intents, chat }: Recorded): Part {
  const [newest] = intents;
  if (!newest || chat?.chatId === seen.chatId) return { kind: "none" };
  const living = chat !== null && chat.dismissedAt === null;
  if (!living && isClaim(newest, chat)) {
    if (seen.firstReading < newest.openedReading) return { kind: "none" };
    return check(seen, newest) === null ? { kind: "claim" } : { kind: "unfit" };
  }
  return chat && intents.some((intent) => fits(seen, intent))
    ? { kind: "other", newest, ask: !living }
    : { kind: "none" };
}

function asSeen(chat: GroupChat, firstReading: number): ChatAround {
  return {
    chatId: chat.chatId,
    orderId: null,
    name: chat.name,
    firstName: chat.name,
    ownerWxUserId: chat.ownerWxUserId,
    createTime: chat.createTime,
    firstReading,
    syncedAt: 0,
    members: chat.members,
  };
}
