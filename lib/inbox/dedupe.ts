/**
 * When are two deliveries the same event? WeCom's own advice, to compare sender
 * and second (90238), would merge different events, since the sender of nearly
 * every event is `sys`. So the key is a digest of everything that the event
 * says: kind, ids, what changed, who came or went, both versions, state, time,
 * and also fields that we do not know. If it tells no time, the minute of its
 * arrival takes its place.
 *
 * Two different events that agree in all of that happened to the same chat or
 * contact within one second, and change the same thing. Merging them is safe:
 * the reading that settles them begins more than a second after the arrival
 * (see READY_MS), and shows the outcome of both. If the second one comes after
 * the first was settled, because a clock is ahead, the event is settled again.
 */
import { createHash } from "node:crypto";
import { userKey } from "../staff/user_id.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import { createTime } from "../wecom/callback/values.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { withoutCode } from "./welcome_code.ts";

/**
 * Fields that are the same in all events. The welcome code is left out, too,
 * since each delivery may have a new one.
 */
const NOT_PART_OF_IT = new Set([
  "ToUserName",
  "MsgType",
  "AgentID",
]);

/** Whatever form the event came in (XML, JSON, any order of fields). */
export function dedupeKey(fields: Fields, arrivedAt: number): string {
  const said = Object.entries(withoutCode(fields))
    .filter(([name, value]) =>
      !NOT_PART_OF_IT.has(name) && !(name === SENDER && value === "sys")
    )
    .map(([name, value]) => ({
      name,
      value: typeof value === "string" ? value : [...value].sort(),
    }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
  if (createTime(fields, arrivedAt) === null) {
    const value = String(Math.floor(arrivedAt / MINUTE_MS));
    said.push({ name: "arrived", value });
  }
  return createHash("sha256").update(JSON.stringify(said)).digest("base64url");
}

/** Whom `subscribe` and `unsubscribe` are about (90240). */
const SENDER = "FromUserName";

const MINUTE_MS = 60_000;

/**
 * Can two changes within one second give two equal events? Not if the opposite
 * change must lie between them, unless both come in one event: a version of the
 * members can come back with the people.
 */
export function isRepeatable(event: CallbackEvent): boolean {
  return event.kind === "chat"
    ? event.change === "update"
    : event.kind === "contact" && event.change === "edit_external_contact";
}

/** Events of one subject are settled together, by one reading. */
export function subjectOf(event: CallbackEvent): string {
  switch (event.kind) {
    case "chat":
      return `chat/${event.chatId}`;
    case "contact":
      return `contact/${event.externalUserId}`;
    case "member":
      return `member/${userKey(event.wxUserId)}`;
    case "app":
      return "app";
  }
}

/**
 * How long after its arrival an event can be settled. groupchat/get lags behind
 * the event, "e.g. 2 seconds" (92122); for contacts and members it has to be
 * more than the second within which two events count as one.
 */
export const READY_MS: Record<CallbackEvent["kind"], number> = {
  chat: 2_000,
  contact: 1_000,
  member: 1_000,
  app: 0,
};
