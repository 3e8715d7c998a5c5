/**
 * The events this app lives on: contacts and customer groups (92130), who enters
 * and leaves the app's visible scope, and the app's own life (both 90240). Fields
 * that are newer or optional may be absent (`CurMemVer`, `MemChangeList`), and a
 * ChangeType that we do not know still says what changed, so it is kept as text.
 */
import { z } from "zod";
import type { JoinScene } from "../endpoints/groups.ts";
import {
  count,
  id,
  ids,
  isListed,
  optional,
  timeOf,
  toldTime,
} from "./values.ts";
import { type Fields, MalformedCallback } from "./xml.ts";

/** All times are ms since epoch, whole seconds. */
interface EventBase {
  /** When it happened; when it came, where that is not told. */
  readonly at: number;
}

export interface ContactEvent extends EventBase {
  readonly kind: "contact";
  /** add_external_contact, edit_external_contact, transfer_fail, … */
  readonly change: string;
  readonly wxUserId: string;
  readonly externalUserId: string;
  /** Of the code (联系我) through which the customer came. */
  readonly state: string | null;
  /** Of del_external_contact: DELETE_BY_TRANSFER when a colleague took over. */
  readonly source: string | null;
  /** Of transfer_fail: customer_refused, customer_limit_exceed. */
  readonly failReason: string | null;
}

export interface ChatEvent extends EventBase {
  readonly kind: "chat";
  /** create, update, dismiss */
  readonly change: string;
  readonly chatId: string;
  /**
   * Of an update: add_member, del_member, change_owner, change_name,
   * change_notice. What happens at the same time is pushed as one event, so it
   * may not be all: see `membership`.
   */
  readonly detail: string | null;
  /** Did people come or go? `changed`: they did, and which of it is not told. */
  readonly membership: "joined" | "left" | "changed" | "same";
  /** Who came or went; empty where WeCom does not tell. */
  readonly memberIds: readonly string[];
  /** How many came or went; null where WeCom does not tell. */
  readonly memberCount: number | null;
  /** How they came; the numbers are not those of groupchat/get. */
  readonly joinScene: JoinScene;
  /** How they went. */
  readonly quitScene: "left" | "removed" | null;
  /**
   * Digests of the members before and after: equal when nobody came or went,
   * and one comes back with the people. They have no order.
   */
  readonly lastMemberVersion: string | null;
  readonly memberVersion: string | null;
}

/**
 * The only push that tells a self-built app who left: the member entered or left
 * its visible scope, or the company.
 */
export interface MemberEvent extends EventBase {
  readonly kind: "member";
  readonly change: "subscribe" | "unsubscribe";
  readonly wxUserId: string;
}

/** WeCom is about to stop the app, has stopped it, or lets it go on. */
export interface AppEvent extends EventBase {
  readonly kind: "app";
  readonly change: typeof APP_LIFE[number];
  /** When it takes effect; null where that is not told. */
  readonly effectAt: number | null;
}

export type CallbackEvent =
  | ContactEvent
  | ChatEvent
  | MemberEvent
  | AppEvent;

const APP_LIFE = [
  "inactive_alert",
  "close_inactive_agent",
  "reopen_inactive_agent",
  "low_active_alert",
  "low_active",
  "active_restored",
] as const;

const contactEvent = z.object({
  ChangeType: id,
  UserID: id,
  ExternalUserID: id,
  State: optional,
  Source: optional,
  FailReason: optional,
}).transform((e) => ({
  kind: "contact" as const,
  change: e.ChangeType,
  wxUserId: e.UserID,
  externalUserId: e.ExternalUserID,
  state: e.State,
  source: e.Source,
  failReason: e.FailReason,
}));

/** 0 and 3 by the page (92130), whose sample shows 1: invited, as groupchat/get means it. */
const JOIN_SCENE: Readonly<Record<string, JoinScene>> = {
  "0": "invited",
  "1": "invited",
  "3": "group_qr",
};

const QUIT_SCENE: Readonly<Record<string, ChatEvent["quitScene"]>> = {
  "0": "left",
  "1": "removed",
};

const chatEvent = z.object({
  ChangeType: id,
  ChatId: id,
  UpdateDetail: optional,
  MemChangeCnt: count,
  MemChangeList: ids,
  JoinScene: optional,
  QuitScene: optional,
  LastMemVer: optional,
  CurMemVer: optional,
}).transform((e) => ({
  kind: "chat" as const,
  change: e.ChangeType,
  chatId: e.ChatId,
  detail: e.UpdateDetail,
  membership: membershipOf(e),
  memberIds: e.MemChangeList,
  memberCount: e.MemChangeCnt,
  joinScene: JOIN_SCENE[e.JoinScene ?? ""] ?? "unknown" as const,
  quitScene: QUIT_SCENE[e.QuitScene ?? ""] ?? null,
  lastMemberVersion: e.LastMemVer,
  memberVersion: e.CurMemVer,
}));

function membershipOf(told: {
  UpdateDetail: string | null;
  MemChangeCnt: number | null;
  MemChangeList: readonly string[];
  JoinScene: string | null;
  QuitScene: string | null;
  LastMemVer: string | null;
  CurMemVer: string | null;
}): ChatEvent["membership"] {
  if (told.UpdateDetail === "add_member") return "joined";
  if (told.UpdateDetail === "del_member") return "left";
  const changed = (told.MemChangeCnt ?? 0) > 0 ||
    told.MemChangeList.length > 0 ||
    told.LastMemVer !== null && told.CurMemVer !== null &&
      told.LastMemVer !== told.CurMemVer;
  if (!changed) return "same";
  if (told.JoinScene !== null && told.QuitScene === null) return "joined";
  if (told.QuitScene !== null && told.JoinScene === null) return "left";
  return "changed";
}

const memberEvent = z.object({
  Event: z.enum(["subscribe", "unsubscribe"]),
  FromUserName: id,
}).transform((e) => ({
  kind: "member" as const,
  change: e.Event,
  wxUserId: e.FromUserName,
}));

const appEvent = z.object({
  Event: z.enum(APP_LIFE),
  EffectTime: toldTime,
}).transform((e) => ({
  kind: "app" as const,
  change: e.Event,
  effectAt: e.EffectTime,
}));

type Schema = z.ZodType<
  | Omit<ContactEvent, "at">
  | Omit<ChatEvent, "at">
  | Omit<MemberEvent, "at">
  | Omit<AppEvent, "at">
>;

function schemaOf(event: Fields[string] | undefined): Schema | null {
  switch (event) {
    case "change_external_chat":
      return chatEvent;
    case "change_external_contact":
      return contactEvent;
    case "subscribe":
    case "unsubscribe":
      return memberEvent;
    // Tags of customers are nothing that this app shows or keeps.
    case "change_external_tag":
      return null;
    default:
      return isListed(APP_LIFE, event) ? appEvent : null;
  }
}

/**
 * The event in these fields, which came at `arrivedAt`; null when it is none of
 * ours (messages, menus, tags). Throws {@linkcode MalformedCallback} when one of
 * ours lacks its ids.
 */
export function readEvent(
  fields: Fields,
  arrivedAt: number,
): CallbackEvent | null {
  const parsed = schemaOf(fields.Event)?.safeParse(fields);
  if (parsed === undefined) return null;
  if (parsed.success) return { ...parsed.data, at: timeOf(fields, arrivedAt) };
  const paths = parsed.error.issues.map((issue) => issue.path.join("."));
  throw new MalformedCallback(`Event lacks ${[...new Set(paths)].join(", ")}`);
}
