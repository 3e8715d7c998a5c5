/**
 * How the processes of a company divide the calls of one API that may run at the
 * same time: the entry they share, and what each may take of it. Pure, so that
 * every process comes to the same answer. No clock is compared with another's:
 * the order among processes is a count of turns, and that one has died is seen by
 * its beat standing still.
 */
import { z } from "zod";
import type { TooMany } from "./limits.ts";
import { PRIORITIES } from "./priority.ts";

const Member = z.object({
  /** Grows while the process lives. */
  beat: z.number(),
  /** Calls that it may have running. */
  held: z.number(),
  /** Who runs or waits there, by priority. */
  wants: z.array(z.number()),
  /** The turn at which it gave its last place away, or came. */
  since: z.number(),
});

const Cut = z.object({
  /** What is left of the whole, from 0 to 1. */
  to: z.number(),
  /** ms since epoch, by the clock of who was refused. */
  at: z.number(),
});

export const Shared = z.object({
  turn: z.number(),
  members: z.record(z.string(), Member),
  /** Refused for too many at the same time. */
  parallel: Cut.nullable(),
  /** Refused for too many in a time. */
  rate: Cut.nullable(),
});

export type Cut = z.infer<typeof Cut>;
export type Member = z.infer<typeof Member>;
export type Shared = z.infer<typeof Shared>;

export const NOBODY: Shared = {
  turn: 0,
  members: {},
  parallel: null,
  rate: null,
};

/** Refusals within this time have one cause. */
const ONE_CAUSE_MS = 1_000;
/** In this time what is left doubles, until it is the whole again. */
const DOUBLES_MS = { parallel: 10_000, rate: 15_000 };
const LEFT = { parallel: 1 / 2, rate: 1 / 4 };
const LEAST = { parallel: 1 / 64, rate: 1 / 256 };
/** Turns after which a process whose calls may wait comes first. */
const MOST_PASSED = 8;

/** How long ago something was cut, in ms. */
export type AgeOf = (kind: TooMany, cut: Cut) => number;

/** What is left of the whole now; it grows back. */
export function leftOf(shared: Shared, kind: TooMany, ageOf: AgeOf): number {
  const cut = shared[kind];
  if (cut === null) return 1;
  return Math.min(1, cut.to * 2 ** (ageOf(kind, cut) / DOUBLES_MS[kind]));
}

/** After a refusal by WeCom: less for everybody, for a while. */
export function cut(
  shared: Shared,
  kind: TooMany,
  { now, ageOf }: { now: number; ageOf: AgeOf },
): Shared {
  const before = shared[kind];
  if (before !== null && ageOf(kind, before) < ONE_CAUSE_MS) return shared;
  const to = Math.max(LEAST[kind], leftOf(shared, kind, ageOf) * LEFT[kind]);
  return { ...shared, [kind]: { to, at: now } };
}

export function wantsOf({ wants }: Pick<Member, "wants">): number {
  return wants.reduce((sum, count) => sum + count, 0);
}

/** Its first calls are of this class: 0 is the first of all. */
function classOf({ wants }: Member): number {
  return wants.findIndex((count) => count > 0);
}

export function isHungry(member: Member): boolean {
  return wantsOf(member) > member.held;
}

/**
 * Deals `limit` places out, one after the other: by priority, within one in turns,
 * beginning with who has waited for the most turns. If none is left for those who
 * are passed over again and again by calls that go first, one of them has the last.
 */
export function dealOut(
  { turn, members }: Shared,
  limit: number,
): Map<string, number> {
  const inOrder = Object.entries(members)
    .filter(([, member]) => wantsOf(member) > 0)
    .sort(([a, one], [b, other]) =>
      one.since - other.since || (a < b ? -1 : 1)
    );
  const dealt: string[] = [];
  for (const at of PRIORITIES.keys()) {
    let open = inOrder;
    for (let round = 0; dealt.length < limit && open.length > 0; round++) {
      open = open.filter(([, { wants }]) => (wants[at] ?? 0) > round);
      dealt.push(...open.slice(0, limit - dealt.length).map(([id]) => id));
    }
  }
  const first = Math.min(...inOrder.map(([, member]) => classOf(member)));
  const passedOver = inOrder.find(([id, member]) =>
    !dealt.includes(id) && member.held === 0 && classOf(member) > first &&
    turn - member.since >= MOST_PASSED
  );
  if (passedOver) dealt.splice(-1, 1, passedOver[0]);
  const places = new Map<string, number>();
  for (const id of dealt) places.set(id, (places.get(id) ?? 0) + 1);
  return places;
}

/** How things stand in one process. */
export interface Standing {
  held: number;
  running: number;
  wants: number[];
  /** All that is held was in use a moment ago. */
  lingers: boolean;
  /** It has had its places for a while: others are next. */
  isOverdue: boolean;
}

export interface Taken {
  shared: Shared;
  held: number;
  /** How many may run from now on; fewer than are held when some are to go. */
  size: number;
}

/** Takes what is due to this process, and gives back what is not. */
export function take(
  seen: Shared,
  id: string,
  limit: number,
  { held: had, running, wants, lingers, isOverdue }: Standing,
): Taken {
  const { [id]: before, ...others } = seen.members;
  const all = Object.values(others);
  const isWanted = all.some(isHungry);
  const mayLinger = lingers && !isWanted;
  let { turn } = seen;
  if (wantsOf({ wants }) === 0 && !mayLinger) {
    return { shared: { ...seen, members: others }, held: 0, size: 0 };
  }
  // Not there any more: others may have what was held, but what runs does run.
  const held = before ? had : Math.min(had, running);
  let since = before?.since ?? turn;
  const hasPoor = all.some((one) => one.held === 0 && wantsOf(one) > 0);
  if (held > 0 && isOverdue && hasPoor) since = ++turn;
  const beat = (before?.beat ?? 0) + 1;
  const withMe = (held: number, since: number): Shared => ({
    ...seen,
    turn,
    members: { ...others, [id]: { beat, held, wants, since } },
  });
  const due = dealOut(withMe(held, since), limit).get(id) ?? 0;
  const taken = all.reduce((sum, one) => sum + one.held, 0);
  const free = Math.max(0, limit - taken - held);
  const next = due > held
    ? held + Math.min(free, due - held)
    : Math.max(due, mayLinger ? held : running);
  if (held > 0 && next === 0) since = ++turn;
  const size = isWanted ? Math.min(next, due) : Math.min(next, limit);
  return { shared: withMe(next, since), held: next, size };
}

/** Whether the one differs from the other by this process's sign of life alone. */
export function differsByBeat(one: Shared, other: Shared, id: string): boolean {
  const [text, otherText] = [one, other].map((shared) => {
    const { [id]: mine, ...others } = shared.members;
    const members = mine ? { ...others, [id]: { ...mine, beat: 0 } } : others;
    return JSON.stringify({ ...shared, members });
  });
  return text === otherText;
}

/** What somebody else wrote; nothing, if it cannot be read. */
export function readShared(text: string | undefined): Shared {
  try {
    return text === undefined ? NOBODY : Shared.parse(JSON.parse(text));
  } catch {
    return NOBODY;
  }
}
