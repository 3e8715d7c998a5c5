/**
 * Does an answer of groupchat/get show what an event announced? It lags (96338)
 * by seconds that nobody promises, and few events say which version they made,
 * so it is told by what changed: by versions where there are any, else by who is
 * in the group, else by name and owner.
 */
import type { ChatRow } from "../groups/chats.ts";
import { SAME_JOINING_MS } from "../groups/members.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { GroupChat } from "../wecom/mod.ts";
import type { Arrived, Recent } from "./queue.ts";

/** `unsure`: nothing contradicts the event, and nothing proves it. */
export type Verdict = "shown" | "unsure" | "denied";

export interface Evidence {
  chat: GroupChat;
  /** As it was before this answer. */
  mirror: ChatRow | null;
  /** What was told of this group lately, settled or not. */
  recent: readonly Recent<ChatEvent>[];
}

type Event = Arrived<ChatEvent>;

export function judge(event: Event, evidence: Evidence): Verdict {
  if (event.change !== "update") return "shown";
  const byVersion = judgeVersion(event, evidence);
  if (byVersion !== null) return byVersion;
  if (event.memberIds.length > 0) {
    if (event.detail === "add_member") return judgeArrival(event, evidence);
    if (event.detail === "del_member") return judgeDeparture(event, evidence);
  }
  // With nothing to compare with, the first answer has to do.
  if (!wasKnown(event, evidence.mirror)) return "shown";
  return isChange(event, evidence) ? "shown" : "unsure";
}

/** null when the versions do not tell. */
function judgeVersion(event: Event, { chat, recent }: Evidence) {
  const version = chat.memberVersion;
  if (version === null) return null;
  const behind = recent.some((one) =>
    one.lastMemberVersion === version && one.at <= event.at
  );
  if (behind) return "denied";
  if (event.memberVersion === version) return "shown";
  // Within one second the order of changes is not known.
  const past = event.memberVersion === null ? event.at : event.at + 1;
  const reached = recent.some((one) =>
    one.memberVersion === version && one.at >= past
  );
  return reached ? "shown" : null;
}

function judgeArrival(event: Event, evidence: Evidence): Verdict {
  const joined = joinings(evidence);
  const missing = event.memberIds.filter((id) => !joined.has(id));
  const left = (id: string) => toldLater(evidence, "del_member", id, event.at);
  if (!missing.every(left)) return "denied";
  if (missing.length > 0) return unlessUnmoved(event, evidence);
  // Somebody who was there before may have left and come back.
  const before = event.at - SAME_JOINING_MS;
  const since = event.memberIds.every((id) => {
    const joinTime = joined.get(id) ?? 0;
    return joinTime === 0 || joinTime >= before;
  });
  return since ? "shown" : "unsure";
}

function judgeDeparture(event: Event, evidence: Evidence): Verdict {
  const joined = joinings(evidence);
  const remains = event.memberIds.some((id) => {
    const joinTime = joined.get(id);
    return joinTime !== undefined && joinTime <= event.at &&
      !toldLater(evidence, "add_member", id, event.at);
  });
  return remains ? "denied" : unlessUnmoved(event, evidence);
}

/** The version we had already, and it is not this event's. */
function unlessUnmoved(event: Event, { chat, mirror }: Evidence): Verdict {
  const unmoved = event.memberVersion !== null && chat.memberVersion !== null &&
    chat.memberVersion === mirror?.memberVersion;
  return unmoved ? "unsure" : "shown";
}

/** The field differs from the mirror's, and one event alone can be why. */
function isChange(event: Event, { chat, mirror, recent }: Evidence): boolean {
  const alone =
    recent.filter((one) => one.detail === event.detail && !one.settled)
      .length <= 1;
  if (event.detail === "change_name") {
    return alone && chat.name !== mirror?.name;
  }
  return event.detail === "change_owner" && alone &&
    chat.ownerWxUserId !== mirror?.owner;
}

/** Did the mirror have the group when the event came? */
function wasKnown(event: Event, mirror: ChatRow | null): boolean {
  if (mirror === null) return false;
  return mirror.reading !== mirror.firstReading ||
    mirror.syncedAt.getTime() <= event.receivedAt.getTime();
}

function joinings({ chat }: Evidence): Map<string, number> {
  return new Map(chat.members.map((one) => [one.userId, one.joinTime]));
}

function toldLater(
  { recent }: Evidence,
  detail: string,
  memberId: string,
  at: number,
): boolean {
  return recent.some((one) =>
    one.detail === detail && one.at >= at && one.memberIds.includes(memberId)
  );
}
