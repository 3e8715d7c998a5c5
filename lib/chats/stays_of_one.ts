/**
 * The stays of one person in one group, from the rows there are, the moves that
 * events told and what an answer shows. Events arrive late, twice, in disorder or
 * never (90930), so nothing follows from when they came: each beginning and each
 * end is put where it belongs, and of two beginnings the first stay is over by
 * the second, told or not.
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

/** What is known of the person now. `told`: nothing but what events told. */
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
    // The next answer may tell when exactly this one came.
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

/** The stay that this answer shows, told of by it. */
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
  // The same stay was thought over, though an event had told of its end.
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

/** What this answer leaves out was true of the same stay. */
function describe(draft: Draft, { name, state }: GroupMember): Draft {
  draft.name = name || draft.name;
  draft.state = state ?? draft.state;
  draft.leftAt = null;
  draft.quitScene = null;
  return draft;
}

/** Where its beginning had been assumed, and is told now. */
function restart(plan: Plan, draft: Draft, joinTime: number): Draft {
  const { drafts } = plan;
  const began = joinTime ||
    // It cannot have begun with the group when an event tells of it later.
    (isOfGroup(plan, draft) ? plan.arrivals.at(-1)?.at : undefined);
  const at = joinTime === 0 && began !== undefined ? assume(began) : began;
  if (at === undefined || !isAssumed(draft.joinedAt)) return draft;
  // An answer that lags may name the beginning of an earlier stay.
  const isEarlier = drafts.some((one) =>
    one !== draft && (one.joinedAt === at || (one.leftAt ?? 0) > at)
  );
  if (!isEarlier) draft.joinedAt = at;
  return draft;
}

/**
 * A later time of joining than the one we know: this is another stay. Of one
 * whose beginning was assumed, only when its end was told or it is much later.
 * Where the answer tells no time, an event may.
 */
function cameBack(plan: Plan, stay: Draft, joinTime: number): boolean {
  const began = stay.joinedAt;
  if (joinTime === 0) return isReturn(plan, stay);
  if (joinTime <= began) return false;
  if (!isAssumed(began)) return true;
  // An assumed beginning that an event told is true to some seconds; only one
  // that is the group's own may be any time too early.
  return !isOfGroup(plan, stay) && joinTime > began + SAME_JOINING_MS ||
    isToldOver(plan, stay, joinTime);
}

/** An answer had lagged: nobody told of an end, and the stay goes on. */
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

/** Did an event tell its end, at that time at the latest? */
function isToldOver(plan: Plan, stay: Draft, latest: number): boolean {
  const { departures, arrivals } = plan;
  const began = secondOf(stay.joinedAt);
  return departures.some((one) => {
    if (one.at !== began) return one.at > began && one.at <= latest;
    // In the second of the beginning the end of the stay before it is told, too.
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

/** Who is there comes only when one stay has ended and another began. */
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

/** Nobody told its beginning: assumed to be that of the group. */
function isOfGroup({ group }: Plan, { joinedAt }: Draft): boolean {
  return group.createdAt !== 0 && joinedAt === assume(group.createdAt);
}

/** Each arrival to the stay that it began; for who was in no answer, a new one. */
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
      // It cannot have begun with the group when an event tells of it later.
      if (isOfGroup(plan, same)) same.joinedAt = assume(arrival.at);
    } // Of who is there, the answer is the word on what came last.
    else if (!current || arrival.at < secondOf(current.joinedAt)) {
      drafts.push(unseen(plan, arrival));
    }
  }
}

/** The stay whose beginning, told with other words, is this arrival. */
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

/** A stay that was first seen long after it began, and nobody had told when. */
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

/** Did the person leave, or was away, between this arrival and that beginning? */
function isParted(
  { drafts, departures }: Plan,
  stay: Draft,
  { at }: Arrival,
): boolean {
  const began = secondOf(stay.joinedAt);
  const [from, to] = at < began ? [at, began] : [began, at];
  return departures.some((one) => one.at > from && one.at < to) ||
    drafts.some((one) =>
      one !== stay && one.joinedAt < to && (one.leftAt ?? 0) > from
    );
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
