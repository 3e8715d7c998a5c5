/**
 * Does an answer of groupchat/get show what an event announced? It lags (92122)
 * by seconds that nobody promises, and few events say which version they made,
 * so it is told by what changed: by versions where there are any, else by who is
 * in the group. A version is a digest of the members: it has no order, and comes
 * back with them, so it proves only what it can have been told of once. Of a new
 * name, owner or notice no answer proves that it is the last one: several within
 * one second are told in the same words, and events get lost; so only an answer
 * that cannot lag any more will do.
 */
import type { ChatRow } from "../chats/mirror.ts";
import { SAME_JOINING_MS } from "../chats/stay_times.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { type Arrived, isYoung, type Recent } from "./arrived.ts";
import { leads } from "./versions.ts";

/** `unsure`: nothing contradicts the event, and nothing proves it. */
export type Verdict = "shown" | "unsure" | "denied";

export interface Evidence {
  chat: GroupChat;
  /** As it was before this answer. */
  mirror: ChatRow | null;
  /** What was told of this group lately, settled or not. */
  recent: readonly Recent<ChatEvent>[];
  /** By what ids of members are compared: the case of userids does not count. */
  keyOf: (memberId: string) => string;
  /** ms since epoch */
  now: number;
}

type Event = Arrived<ChatEvent>;

export function judgeEvent(event: Event, evidence: Evidence): Verdict {
  if (event.change !== "update") return "shown";
  if (isBehind(event, evidence)) return "denied";
  const { membership, detail } = event;
  const verdict = membership === "same"
    ? "unsure"
    : hasVersion(event, evidence)
    ? "shown"
    : judgeMembers(event, evidence);
  if (verdict !== "shown") return verdict;
  // What was told with it may be a new name.
  return detail === "add_member" || detail === "del_member"
    ? "shown"
    : "unsure";
}

/**
 * The answer has the version from before an earlier change, and nothing told
 * brought it back since.
 */
function isBehind(event: Event, { chat, recent, now }: Evidence): boolean {
  const version = chat.memberVersion;
  return version !== null &&
    recent.some((one) =>
      one.lastMemberVersion === version && one.at <= event.at &&
      isYoung(one, now) &&
      !leads(
        recent.filter((other) => other.at >= one.at),
        one.memberVersion,
        version,
      )
    );
}

/** The answer has the version that this event, or a later one, made. */
function hasVersion(event: Event, { chat, recent }: Evidence): boolean {
  const version = chat.memberVersion;
  if (version === null) return false;
  return recent.some((one) =>
    one.memberVersion === version &&
    // Within one second the order of changes is not known.
    (one.eventId === event.eventId || one.at > event.at) &&
    // The members were not the same before, as far as it was told.
    !leads(
      recent.filter((other) => other.at <= one.at),
      version,
      one.lastMemberVersion,
    )
  );
}

function judgeMembers(event: Event, evidence: Evidence): Verdict {
  if (event.memberIds.length === 0) return "unsure";
  switch (event.membership) {
    case "joined":
      return judgeArrival(event, evidence);
    case "left":
      return judgeDeparture(event, evidence);
    default:
      return "unsure";
  }
}

function judgeArrival(event: Event, evidence: Evidence): Verdict {
  const joined = joinings(evidence);
  const came = event.memberIds.map(evidence.keyOf);
  const missing = came.filter((key) => !joined.has(key));
  const left = (key: string) => toldLater(evidence, "left", key, event.at);
  if (!missing.every(left)) return "denied";
  if (missing.length > 0) return unlessUnmoved(event, evidence);
  // Somebody who was there before may have left and come back.
  const before = event.at - SAME_JOINING_MS;
  const since = came.every((key) => {
    const joinTime = joined.get(key) ?? 0;
    return joinTime === 0 || joinTime >= before;
  });
  return since ? "shown" : "unsure";
}

function judgeDeparture(event: Event, evidence: Evidence): Verdict {
  const joined = joinings(evidence);
  const remains = event.memberIds.map(evidence.keyOf).some((key) => {
    const joinTime = joined.get(key);
    return joinTime !== undefined && joinTime <= event.at &&
      !toldLater(evidence, "joined", key, event.at);
  });
  return remains ? "denied" : unlessUnmoved(event, evidence);
}

/** The version we had already, and it is not this event's. */
function unlessUnmoved(event: Event, { chat, mirror }: Evidence): Verdict {
  const unmoved = event.memberVersion !== null && chat.memberVersion !== null &&
    chat.memberVersion === mirror?.memberVersion;
  return unmoved ? "unsure" : "shown";
}

function joinings({ chat, keyOf }: Evidence): Map<string, number> {
  return new Map(chat.members.map((one) => [keyOf(one.userId), one.joinTime]));
}

function toldLater(
  { recent, keyOf }: Evidence,
  membership: ChatEvent["membership"],
  memberKey: string,
  at: number,
): boolean {
  return recent.some((one) =>
    one.membership === membership && one.at >= at &&
    one.memberIds.some((id) => keyOf(id) === memberKey)
  );
}
