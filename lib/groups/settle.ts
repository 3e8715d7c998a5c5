/**
 * What happens when nobody told us how a creation ended: the page died after
 * the group was made, the client was too old to return its id (98429), the
 * report was lost.
 *
 * Look, decide, verify, bind. The page, `group.get`, `group.record`, prepare,
 * callbacks, the clock and the night all call `settle` and nothing else, so it
 * does not matter who comes first. What it needs of the database and of WeCom
 * is its `Ground`.
 */
import { LOOK_AGAIN_MS } from "../chats/looks.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import { AppError } from "../http/errors.ts";
import { distinctUsers, isSameUser } from "../staff/user_id.ts";
import type { Binding } from "./bind.ts";
import { decide, type Decision } from "./decide.ts";
import {
  type Intent,
  isClaim,
  isLive,
  isOpen,
  isWorthALook,
  lapseReason,
  peopleOf,
} from "./intent.ts";
import { lookAt, lookAtCreator, readAgain } from "./look_at_owners.ts";
import type { Cause } from "./moves.ts";
import { askAboutOthers, freeChatsOf, noteOthers } from "./other_groups.ts";
import type { Ground } from "./ground.ts";
import { checkChat } from "./verify.ts";

/**
 * How old a listing of a colleague's groups may be: of who could own the group
 * but did not begin the creation.
 */
const COLLEAGUES_MS = 10_000;
/**
 * A creation whose time has been over for longer is not looked for any more.
 */
export const RECENT_MS = 2 * 24 * 60 * 60_000;

export interface SettleOptions {
  via: string;
  requestId?: string | null;
  /**
   * An earlier look at WeCom counts if it began at this time or later, ms since
   * epoch; by default some moments ago.
   */
  since?: number;
  /** Look in any case: this person is about to make a group. */
  anew?: { by: string } | undefined;
}

/**
 * Finds the order's group, or the question to ask a person, as far as that is
 * possible now. The outcome is in the order's situation. Throws WeCom's errors.
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
  const anew = options.anew !== undefined;
  const claim = isClaim(newest, chat, anew) ? newest : null;
  if (!claim) {
    // Either the order's group was dissolved, or the creation was given up and
    // nobody begins anew.
    if (chat) await askBesideDissolved(ground, newest, intents, cause, options);
    return;
  }
  if (claim.chatId !== null && await bindReported(ground, claim, cause)) return;
  const others = intents.slice(1).filter((one) => isRecent(one, ground.now()));
  if (await findGroup(ground, claim, others, cause, options)) return;
  if (anew && !isLive(claim, ground.now())) {
    // An earlier creation may have left a group: ask before another is made.
    await askAboutOthers(ground, claim, others, cause);
  }
}

/**
 * The other groups may be dissolved by now, too: each is read before it is
 * offered.
 */
async function askBesideDissolved(
  ground: Ground,
  newest: Intent,
  intents: readonly Intent[],
  cause: Cause,
  { since = ground.now() - LOOK_AGAIN_MS, anew }: SettleOptions,
): Promise<void> {
  const began = Math.max(since, endOf(newest));
  let looked = { complete: false };
  try {
    if (anew) looked = await lookAt(ground, peopleOf(newest), began);
    await readAgain(ground, intents, since);
  } finally {
    await askAboutOthers(ground, newest, intents, cause);
  }
  // Without this, prepare would ask for a look for ever.
  if (looked.complete) await ground.missed(newest, began);
}

/** The event names who began the creation, whoever finds the group. */
export function causeOf(
  { createdBy }: Intent,
  { via, requestId }: SettleOptions,
) {
  return { actor: createdBy, via, requestId: requestId ?? null };
}

function isRecent({ expiresAt }: Intent, now: number): boolean {
  return now - expiresAt.getTime() <= RECENT_MS;
}

/** The chat that was reported by its id, if WeCom confirms it by now. */
async function bindReported(
  ground: Ground,
  claim: Intent,
  cause: Cause,
): Promise<boolean> {
  const answer = await ground.read(claim.chatId ?? "");
  if (answer.kind !== "present" || checkChat(answer.chat, claim) !== null) {
    return false;
  }
  return await tryToBind(ground, {
    ...toBind(claim, answer),
    cause,
    evidence: "report",
  });
}

/** true: found and bound. */
async function findGroup(
  ground: Ground,
  claim: Intent,
  /** Earlier intents of the same order, whose groups are looked for as well. */
  others: readonly Intent[],
  cause: Cause,
  { since = ground.now() - LOOK_AGAIN_MS, anew }: SettleOptions,
): Promise<boolean> {
  const mirrored = await decideFor(ground, claim);
  const asks = anew !== undefined || isWorthALook(claim, ground.now());
  if (mirrored.kind === "nothing" && !asks) return false;
  const began = Math.max(since, claim.createdAt.getTime(), endOf(claim));
  const people = distinctUsers([claim, ...others].flatMap(peopleOf));
  const { createdBy } = claim;
  const colleagues = people.filter((id) => !isSameUser(id, createdBy));
  const own = await lookAtCreator(ground, createdBy, began);
  // As a rule the person who began makes the group. So colleagues' groups are
  // listed less often, unless there is something to decide.
  const lately = Math.max(began - COLLEAGUES_MS, claim.createdAt.getTime());
  let looked = await lookAt(ground, colleagues, lately);
  await readAgain(ground, [claim, ...others], began);
  let decision = await decideFor(ground, claim);
  if (decision.kind !== "nothing") {
    looked = await lookAt(ground, colleagues, began);
    decision = await decideFor(ground, claim);
  }
  // The look proves nothing if the app may not see who began. But whoever begins
  // anew is not to wait for somebody who may never be shown again.
  const isSeen = !own.hidden || anew !== undefined;
  if (decision.kind !== "nothing" && !(own.complete && looked.complete)) {
    // Some groups could not be read in time, and one of them may fit, too: the
    // next look goes on. But whoever would make the second one is asked at once.
    if (anew && isSameUser(anew.by, createdBy)) {
      await ask(ground, claim, chatIdsOf(decision), others, cause);
    }
    if (isSeen) await ground.missed(claim, began);
    return false;
  }
  if (decision.kind === "bind") {
    return await bindFound(ground, claim, decision.chatId, cause);
  }
  const asked = decision.kind === "ask" &&
    await ask(ground, claim, decision.chatIds, others, cause);
  if (!isSeen) return false;
  await ground.missed(claim, began);
  await endIfOver(ground, claim, asked, began, cause);
  return false;
}

function chatIdsOf(decision: Decision): string[] {
  switch (decision.kind) {
    case "nothing":
      return [];
    case "bind":
      return [decision.chatId];
    case "ask":
      return decision.chatIds;
  }
}

/** Asks a person; the choice shows every group that was made for the order. */
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

async function decideFor(ground: Ground, claim: Intent): Promise<Decision> {
  const chats = await ground.chatsFor([claim]);
  const intents = chats.length === 0 ? [] : await ground.intentsFor(chats);
  return decide(claim, chats, intents);
}

/**
 * ms since epoch; a look that begins now is later, even if the instance that ended
 * the intent has a clock ahead of ours.
 */
function endOf(intent: Intent): number {
  return intent.state === "ended" ? intent.endedAt.getTime() : -Infinity;
}

async function bindFound(
  ground: Ground,
  claim: Intent,
  chatId: string,
  cause: Cause,
): Promise<boolean> {
  const answer = await ground.read(chatId);
  if (answer.kind !== "present" || checkChat(answer.chat, claim) !== null) {
    return false;
  }
  return await tryToBind(ground, {
    ...toBind(claim, answer),
    cause,
    evidence: "look",
  });
}

function toBind(
  intent: Intent,
  { chat, reading }: ChatAnswer & { kind: "present" },
) {
  return { orderId: intent.orderId, intent, chat, reading };
}

/** false when somebody else was quicker and the order has its group already. */
async function tryToBind(ground: Ground, binding: Binding): Promise<boolean> {
  try {
    if (!await ground.bind(binding)) return false;
  } catch (error) {
    // Or the chat was dissolved since it was read.
    if (error instanceof AppError && error.status < 500) return false;
    throw error;
  }
  const { intent, cause } = binding;
  if (intent) await noteOthers(ground, intent, cause);
  return true;
}

/**
 * Ends an intent whose time is over. One that ended when WeCom could not be
 * asked gets its true reason.
 */
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
