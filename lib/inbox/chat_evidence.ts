/**
 * Does an answer of groupchat/get show the change that an event announced?
 * Answers lag (92122) by seconds that nobody promises, and few events say which
 * version of the members they led to. So the answer is compared by what
 * changed: by versions where both have them, else by who is in the group. A
 * version is a digest of the members: it has no order, and comes back when the
 * people do, so it proves an event only if the group can have had it just once.
 * For a new name, owner or notice no answer proves that it shows the last
 * change: several changes within one second look the same as events, and events
 * get lost. Then only an answer that cannot lag any more will do.
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
  /** Recent events of this group, settled or not. */
  recent: readonly Recent<ChatEvent>[];
  /**
   * The key to compare ids of members by: the case of userids does not count.
   */
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
  // The same event may also have told a new name.
  return detail === "add_member" || detail === "del_member"
    ? "shown"
    : "unsure";
}

/**
 * The answer has a version from before an earlier change, and no event led back
 * to it.
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

/** The answer has the version that this event, or a later one, led to. */
function hasVersion(event: Event, { chat, recent }: Evidence): boolean {
  const version = chat.memberVersion;
  if (version === null) return false;
  return recent.some((one) =>
    one.memberVersion === version &&
    // Events of the same second count only if they are this one: their order is
    // not known.
    (one.eventId === event.eventId || one.at > event.at) &&
    // As far as events tell, the group did not have this version before.
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

/**
 * The answer has the version that we had before, and this event led to another
 * one.
 */
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
