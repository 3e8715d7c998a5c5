/**
 * When are two deliveries the same event? WeCom's own advice, sender and second
 * (90238), makes one of two: the sender of nearly every event is `sys`. So the
 * key is a digest of everything that the event says — kind, ids, what changed,
 * who came or went, both versions, state, time — and of fields that do not exist
 * yet. Where it does not say when, the minute of its arrival stands for that.
 *
 * Two events that agree in all of it happened within one second to the same
 * chat or contact, and change the same thing. Making one of them is safe: it is
 * settled by a reading that begins more than a second after it arrived (see
 * READY_MS), which shows the outcome of both. Where the second one comes when the
 * first was settled, by a clock that is ahead, it is settled again.
 */
import { createHash } from "node:crypto";
import { userKey } from "../staff/user_id.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import { createTime } from "../wecom/callback/values.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { withoutCode } from "./welcome_code.ts";

/**
 * The same in all events. Left out, too, is the welcome code: it may be made anew
 * for each delivery.
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
 * Can it be told twice within a second, in the same words, of two changes? Not
 * what needs its opposite in between, unless it comes with it: versions of a
 * group's members come back with the people.
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
 * the event "e.g. 2 seconds" (92122); for contacts and members it is the second
 * that makes two events one.
 */
export const READY_MS: Record<CallbackEvent["kind"], number> = {
  chat: 2_000,
  contact: 1_000,
  member: 1_000,
  app: 0,
};
