/**
 * Plans the stays of one person in one group, from the rows, the moves that
 * events told and what an answer shows. Events arrive late, twice, out of order
 * or never (90930), so the order of arrival means nothing: each beginning and
 * each end is put where its time belongs, and a second beginning proves that
 * the first stay is over, even if no event said so.
 */
import type { GroupMember } from "../wecom/mod.ts";
import { endsOf } from "./stay_order.ts";
import type { Draft, Group, Stay } from "./stay.ts";
import {
  assume,
  isAssumed,
  SAME_JOINING_MS,
  secondOf,
  SKEW_MS,
} from "./stay_times.ts";
import type { Arrival, Departure, Move } from "./told_moves.ts";

/** What is known of the person now. `told`: only what events told. */
export type Seen =
  | { readonly kind: "present"; member: GroupMember; readAt: number }
  | { readonly kind: "absent"; readonly readAt: number }
  | { readonly kind: "told" }
  | { readonly kind: "dissolved" };

export interface Person {
  readonly memberId: string;
  readonly known: readonly Stay[];
  readonly moves: readonly Move[];
  readonly seen: Seen;
  readonly group: Group;
}

export function staysOf(person: Person): Draft[] {
  const { known, moves, seen } = person;
  const drafts = known.map(draftOf);
  const arrivals = moves.filter((move) => move.kind === "joined")
    .sort((a, b) => a.at - b.at);
  const departures = moves.filter((move) => move.kind === "left");
  const plan = { ...person, drafts, arrivals, departures };
  const current = seen.kind === "present"
    ? placeAnswer(plan, seen.member, seen.readAt)
    : null;
  placeArrivals(plan, current);
  drafts.sort((a, b) => a.joinedAt - b.joinedAt);
  const ends = endsOf(
    drafts,
    departures,
    seen.kind === "absent" ? seen.readAt : null,
  );
  for (const draft of drafts) {
    const end = draft === current ? null : ends.get(draft) ?? null;
    draft.leftAt = end?.at ?? null;
    draft.quitScene = end?.scene ?? null;
    // The next answer may tell the exact time of this beginning.
    if (draft.was === null && draft !== current && end === null) {
      if (seen.kind !== "dissolved") draft.joinedAt = assume(draft.joinedAt);
    }
  }
  return drafts;
}

interface Plan extends Person {
  readonly drafts: Draft[];
  readonly arrivals: readonly Arrival[];
  readonly departures: readonly Departure[];
}

function draftOf(was: Stay): Draft {
  return { ...was, was, joinScene: "unknown", invitor: null, arrivals: [] };
}

/**
 * Finds or makes the stay that the answer shows, with what the answer tells of
 * it.
 */
function placeAnswer(plan: Plan, member: GroupMember, readAt: number): Draft {
  const { drafts, arrivals, group } = plan;
  const { joinTime } = member;
  const open = drafts.find((one) => one.leftAt === null);
  const last = open ?? latest(drafts);
  const goesOn = last !== undefined &&
    (open
      ? !cameBack(plan, open, joinTime)
      : isOpenAgain(plan, last, joinTime));
  if (goesOn) return describe(restart(plan, last, joinTime), member);
  // An event had told that this stay was over, and the answer shows that it is
  // not.
  const same = drafts.find((one) =>
    joinTime !== 0 && one.joinedAt === joinTime
  );
  if (same) return describe(same, member);
  const told = last
    ? arrivals.findLast((one) =>
      one.at >=
        (last.quitScene === null
          ? last.joinedAt + SAME_JOINING_MS
          : last.leftAt ?? 0)
    )
    : arrivals.at(-1);
  const begins = told?.at ?? ((last ? 0 : group.createdAt) || readAt);
  const draft: Draft = {
    was: null,
    memberId: plan.memberId,
    type: member.type,
    name: member.name,
    state: member.state,
    joinScene: member.joinScene,
    invitor: member.invitorWxUserId,
    joinedAt: joinTime || assume(begins),
    leftAt: null,
    quitScene: null,
    arrivals: [],
  };
  drafts.push(draft);
  return draft;
}

const latest = (drafts: readonly Draft[]) =>
  drafts.toSorted((a, b) => a.joinedAt - b.joinedAt).at(-1);

/** What the answer leaves out stays as it was. */
function describe(draft: Draft, { name, state }: GroupMember): Draft {
  draft.name = name || draft.name;
  draft.state = state ?? draft.state;
  draft.leftAt = null;
  draft.quitScene = null;
  return draft;
}

/** Corrects an assumed beginning when the real one is told. */
function restart(plan: Plan, draft: Draft, joinTime: number): Draft {
  const { drafts } = plan;
  const began = joinTime ||
    // The stay did not begin with the group if an event tells of a later
    // beginning.
    (isOfGroup(plan, draft) ? plan.arrivals.at(-1)?.at : undefined);
  const at = joinTime === 0 && began !== undefined ? assume(began) : began;
  if (at === undefined || !isAssumed(draft.joinedAt)) return draft;
  // An answer that lags may tell the beginning of an earlier stay.
  const isEarlier = drafts.some((one) =>
    one !== draft && (one.joinedAt === at || (one.leftAt ?? 0) > at)
  );
  if (!isEarlier) draft.joinedAt = at;
  return draft;
}

/**
 * A later time of joining than the known one means another stay. If the known
 * one was assumed, only if its end was told or the new time is much later. If
 * the answer tells no time, an event may prove it.
 */
function cameBack(plan: Plan, stay: Draft, joinTime: number): boolean {
  const began = stay.joinedAt;
  if (joinTime === 0) return isReturn(plan, stay);
  if (joinTime <= began) return false;
  if (!isAssumed(began)) return true;
  // A beginning that was assumed from an event is right within some seconds;
  // one that was assumed from the group's creation may be far too early.
  return !isOfGroup(plan, stay) && joinTime > began + SAME_JOINING_MS ||
    isToldOver(plan, stay, joinTime);
}

/** An earlier answer had lagged: no event told an end, so the stay goes on. */
function isOpenAgain(plan: Plan, stay: Draft, joinTime: number): boolean {
  const { joinedAt, leftAt, quitScene } = stay;
  if (quitScene !== null) return false;
  if (joinTime === 0) {
    return !isReturn(plan, stay) &&
      !isToldOver(plan, stay, (leftAt ?? 0) + SKEW_MS);
  }
  return joinTime === joinedAt ||
    isAssumed(joinedAt) && joinTime < (leftAt ?? 0);
}

/** Did events tell that the stay ended, at this time at the latest? */
function isToldOver(plan: Plan, stay: Draft, latest: number): boolean {
  const { departures, arrivals } = plan;
  const began = secondOf(stay.joinedAt);
  if (arrivals.some((one) => one.at === began && isAway(one, latest))) {
    return true;
  }
  return departures.some((one) => {
    if (one.at !== began) return one.at > began && one.at <= latest;
    // The stay before may have ended in the second in which this one began.
    const arrival = arrivals.find((other) => other.at === began);
    const before = arrival && comesBefore(one, arrival);
    const earlier = plan.drafts.some((other) =>
      other !== stay && other.leftAt === began && other.joinedAt < began
    );
    return one.at <= latest && before !== true && !earlier;
  });
}

function comesBefore(one: Move, other: Move): boolean | null {
  if (!one.place || !other.place) return null;
  return one.place.chain === other.place.chain
    ? one.place.index < other.place.index
    : null;
}

/**
 * An arrival of somebody who is there proves that one stay ended and another
 * began.
 */
function isReturn(plan: Plan, stay: Draft): boolean {
  return plan.arrivals.some((one) => isLater(plan, stay, one));
}

/** Does this arrival begin a later stay than this one? */
function isLater(plan: Plan, stay: Draft, { at }: Arrival): boolean {
  const { arrivals, group } = plan;
  const began = secondOf(stay.joinedAt);
  if (isOfGroup(plan, stay)) {
    return at >
      Math.max(began + SAME_JOINING_MS, (group.seenAt ?? 0) + SKEW_MS);
  }
  const isExact = !isAssumed(stay.joinedAt) ||
    arrivals.some((one) => one.at === began);
  return at > began + (isExact ? SAME_JOINING_MS : SKEW_MS);
}

/** No event told its beginning: it was assumed to be the group's creation. */
function isOfGroup({ group }: Plan, { joinedAt }: Draft): boolean {
  return group.createdAt !== 0 && joinedAt === assume(group.createdAt);
}

/** Gives each arrival to the stay that it began, or makes a new stay. */
function placeArrivals(plan: Plan, current: Draft | null): void {
  const { arrivals, drafts } = plan;
  const rest = arrivals.filter((arrival) => {
    const exact = drafts.find((one) => secondOf(one.joinedAt) === arrival.at);
    exact?.arrivals.push(arrival);
    return !exact;
  });
  for (const arrival of rest) {
    const same = drafts.find((one) => secondOf(one.joinedAt) === arrival.at) ??
      sameJoining(plan, arrival) ?? laterAssumed(plan, arrival);
    if (same) {
      same.arrivals.push(arrival);
      // The stay did not begin with the group if an event tells of a later
      // beginning.
      if (isOfGroup(plan, same)) same.joinedAt = assume(arrival.at);
    } // Of who is there, the answer is the word on what came last.
    else if (!current || arrival.at < secondOf(current.joinedAt)) {
      drafts.push(unseen(plan, arrival));
    }
  }
}

/**
 * The stay that began with this arrival, although its known time differs a
 * little.
 */
function sameJoining(plan: Plan, arrival: Arrival): Draft | undefined {
  const near = plan.drafts.filter((one) =>
    one.arrivals.length === 0 && !isParted(plan, one, arrival) &&
    isNear(plan, one, arrival)
  );
  const apart = (one: Draft) => Math.abs(secondOf(one.joinedAt) - arrival.at);
  return near.sort((a, b) => apart(a) - apart(b))[0];
}

function isNear(plan: Plan, stay: Draft, arrival: Arrival): boolean {
  const late = arrival.at - secondOf(stay.joinedAt);
  return late < 0 ? late >= -SAME_JOINING_MS : !isLater(plan, stay, arrival);
}

/** A stay that an answer showed long after it began, without telling when. */
function laterAssumed(plan: Plan, arrival: Arrival): Draft | undefined {
  const next = plan.drafts.filter((one) => one.joinedAt > arrival.at)
    .sort((a, b) => a.joinedAt - b.joinedAt)[0];
  const isIt = next && next.arrivals.length === 0 &&
    isAssumed(next.joinedAt) && !isOfGroup(plan, next) &&
    !isParted(plan, next, arrival);
  if (!isIt) return undefined;
  next.joinedAt = assume(arrival.at);
  return next;
}

/** Did the person leave between this arrival and the beginning of that stay? */
function isParted(
  { drafts, departures }: Plan,
  stay: Draft,
  arrival: Arrival,
): boolean {
  const { at } = arrival;
  const began = secondOf(stay.joinedAt);
  const [from, to] = at < began ? [at, began] : [began, at];
  return isAway(arrival, began) ||
    departures.some((one) => one.at > from && one.at < to) ||
    drafts.some((one) =>
      one !== stay && one.joinedAt < to && (one.leftAt ?? 0) > from
    );
}

function isAway({ awayBy }: Arrival, at: number): boolean {
  return typeof awayBy === "number" && awayBy <= at;
}

function unseen({ memberId }: Plan, arrival: Arrival): Draft {
  const { at, scene } = arrival;
  return {
    was: null,
    memberId,
    type: null,
    name: null,
    state: null,
    joinScene: scene,
    invitor: null,
    joinedAt: at,
    leftAt: null,
    quitScene: null,
    arrivals: [arrival],
  };
}
