/**
 * People who come and go without a reading: WeCom's own recipe (92130) is to
 * keep the version of a group's members; if an event starts from that version,
 * apply its list of people and keep the version that it leads to. But versions
 * are digests of the members, so one comes back when the people do, and events
 * come late, twice and out of order. So the events must form one chain, no
 * other known event may touch these versions, and the moves must fit who is in
 * the group. Otherwise the group is read; so it is if one of these people came
 * or went before within the same second.
 */
import { userKey } from "../staff/user_id.ts";
import type { ChatRow, MemberRow } from "../chats/mirror.ts";
import { memberKeys } from "../chats/member_ids.ts";
import { SAME_JOINING_MS } from "../chats/stay_times.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { Arrived, Recent } from "./arrived.ts";

type Event = Arrived<ChatEvent>;

/**
 * An event that changes only members, and names both versions and every person.
 */
export type Step = Event & {
  readonly lastMemberVersion: string;
  readonly memberVersion: string;
};

export interface Known {
  mirror: ChatRow;
  /** Who is in the group by the mirror. */
  present: readonly MemberRow[];
  /** All kept events of the group, settled or not. */
  told: readonly Recent<ChatEvent>[];
}

export function isStep(event: Event): event is Step {
  const { lastMemberVersion: last, memberVersion } = event;
  return event.change === "update" &&
    (event.detail === "add_member" || event.detail === "del_member") &&
    event.memberIds.length > 0 &&
    event.memberCount === event.memberIds.length &&
    last !== null && memberVersion !== null && last !== memberVersion;
}

/**
 * Can these events be settled without a reading? Answers the version that the
 * group has after them; null when it must be read.
 */
export function chainEnd(steps: readonly Step[], known: Known): string | null {
  const chain = inOrder(steps);
  if (chain === null || !isUntouched(chain, known.told)) return null;
  if (isCrowded(chain, known)) return null;
  const { memberVersion, syncedAt } = known.mirror;
  const versions = versionsOf(chain);
  const reached = versions.indexOf(memberVersion ?? "");
  if (reached === -1) return null;
  const [done, left] = [chain.slice(0, reached), chain.slice(reached)];
  // A reading after the change shows the change already, or what undid it.
  if (left.some((one) => one.at <= syncedAt.getTime())) return null;
  return fits(done, left, known) ? versions.at(-1) ?? null : null;
}

/**
 * The events in the order of their chain; null when they do not form one chain.
 */
function inOrder(steps: readonly Step[]): Step[] | null {
  const from = new Map(steps.map((one) => [one.lastMemberVersion, one]));
  const made = new Set(steps.map((one) => one.memberVersion));
  const chain: Step[] = [];
  let next = steps.find((one) => !made.has(one.lastMemberVersion));
  // A version comes back with the people: then the way ends in a ring.
  while (next && chain.length < steps.length) {
    chain.push(next);
    next = from.get(next.memberVersion);
  }
  const versions = versionsOf(chain);
  return chain.length === steps.length &&
      new Set(versions).size === versions.length
    ? chain
    : null;
}

function versionsOf(chain: readonly Step[]): string[] {
  const [first] = chain;
  return first
    ? [first.lastMemberVersion, ...chain.map((one) => one.memberVersion)]
    : [];
}

/**
 * No other event has to do with these versions, except one that led to the
 * first of them, and events that wait to go on from the last.
 */
function isUntouched(
  chain: readonly Step[],
  told: readonly Recent<ChatEvent>[],
): boolean {
  const own = new Set(chain.map((one) => one.eventId));
  const versions = versionsOf(chain);
  const [first, last] = [versions[0], versions.at(-1)];
  const ours = new Set<string | null>(versions);
  return told.every((one) => {
    const { lastMemberVersion: from, memberVersion: to, settled } = one;
    if (own.has(one.eventId) || from === to) return true;
    const [starts, ends] = [ours.has(from), ours.has(to)];
    if (starts && ends) return false;
    return starts ? from === last && !settled : !ends || to === first;
  });
}

/**
 * Does another event tell that one of these people came or went in the same
 * second?
 */
function isCrowded(
  chain: readonly Step[],
  { told, present }: Known,
): boolean {
  const keyOf = memberKeys(
    present.map(({ memberId, type }) => ({ userId: memberId, type })),
  );
  const own = new Set(chain.map((one) => one.eventId));
  const others = told.filter((one) => !own.has(one.eventId));
  return chain.some(({ at, memberIds }) => {
    const keys = new Set(memberIds.map(keyOf));
    return others.some((one) =>
      one.at === at && one.memberIds.some((id) => keys.has(keyOf(id)))
    );
  });
}

/**
 * Only people who are away come, and only people who are there go. When the
 * owner goes, more changes than the members, so the group is read.
 */
function fits(
  done: readonly Step[],
  left: readonly Step[],
  { mirror, present }: Known,
): boolean {
  const keyOf = memberKeys(
    present.map(({ memberId, type }) => ({ userId: memberId, type })),
  );
  const since = new Map(
    present.map((one) => [keyOf(one.memberId), one.joinedAt.getTime()]),
  );
  const keys = [...done, ...left].flatMap((one) => one.memberIds.map(keyOf));
  // If one person has several stays in these events, a reading tells more.
  if (new Set(keys).size !== keys.length) return false;
  if (keys.includes(userKey(mirror.owner))) return false;
  const isThere = (id: string, by = Infinity) =>
    (since.get(keyOf(id)) ?? Infinity) <= by;
  const isAway = (id: string) => !since.has(keyOf(id));
  // Somebody who was there long before must have left in between, and may have
  // left again.
  const isSince = (id: string, at: number) =>
    (since.get(keyOf(id)) ?? 0) >= at - SAME_JOINING_MS;
  return done.every(({ membership, memberIds, at }) =>
    memberIds.every((id) =>
      membership === "joined" ? isSince(id, at) : isAway(id)
    )
  ) && left.every(({ membership, memberIds, at }) =>
    memberIds.every((id) =>
      membership === "joined" ? isAway(id) : isThere(id, at)
    )
  );
}
