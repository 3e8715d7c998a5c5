/**
 * The events this app lives on: contacts (92130) and customer groups (92130,
 * 96361). Fields that are newer or optional may be absent (`CurMemVer`,
 * `MemChangeList`), and a ChangeType that we do not know still says what
 * changed, so it is kept as text. Times are ms since epoch; WeCom counts seconds.
 */
import { z } from "zod";
import type { JoinScene } from "../endpoints/groups.ts";
import { type Fields, MalformedCallback } from "./xml.ts";

export interface ContactEvent {
  readonly kind: "contact";
  /** add_external_contact, edit_external_contact, transfer_fail, … */
  readonly change: string;
  readonly at: number;
  readonly wxUserId: string;
  readonly externalUserId: string;
  /** Of transfer_fail: customer_refused, customer_limit_exceed. */
  readonly failReason: string | null;
}

export interface ChatEvent {
  readonly kind: "chat";
  /** create, update, dismiss */
  readonly change: string;
  readonly at: number;
  readonly chatId: string;
  /** Of an update: add_member, del_member, change_owner, change_name, change_notice. */
  readonly detail: string | null;
  /** Who came or went; empty where WeCom does not tell. */
  readonly memberIds: readonly string[];
  /** How they came; the numbers are not those of groupchat/get. */
  readonly joinScene: JoinScene;
  /** How they went. */
  readonly quitScene: "left" | "removed" | null;
  readonly lastMemberVersion: string | null;
  readonly memberVersion: string | null;
}

export type CallbackEvent = ContactEvent | ChatEvent;

const id = z.string().min(1).max(256);
const seconds = z.string().regex(/^\d{1,11}$/).transform((v) =>
  Number(v) * 1000
);
const optional = z.string().optional().transform((v) =>
  v === undefined || v === "" ? null : v
);
const ids = z.union([z.array(z.string()), z.string()]).optional()
  .transform((v) => (typeof v === "string" ? [v] : v ?? []).filter(Boolean));

const contactEvent = z.object({
  ChangeType: id,
  CreateTime: seconds,
  UserID: id,
  ExternalUserID: id,
  FailReason: optional,
}).transform((e): ContactEvent => ({
  kind: "contact",
  change: e.ChangeType,
  at: e.CreateTime,
  wxUserId: e.UserID,
  externalUserId: e.ExternalUserID,
  failReason: e.FailReason,
}));

const chatEvent = z.object({
  ChangeType: id,
  CreateTime: seconds,
  ChatId: id,
  UpdateDetail: optional,
  MemChangeList: ids,
  JoinScene: optional,
  QuitScene: optional,
  LastMemVer: optional,
  CurMemVer: optional,
}).transform((e): ChatEvent => ({
  kind: "chat",
  change: e.ChangeType,
  at: e.CreateTime,
  chatId: e.ChatId,
  detail: e.UpdateDetail,
  memberIds: e.MemChangeList,
  joinScene: e.JoinScene === "0"
    ? "invited"
    : e.JoinScene === "3"
    ? "group_qr"
    : "unknown",
  quitScene: e.QuitScene === "0"
    ? "left"
    : e.QuitScene === "1"
    ? "removed"
    : null,
  lastMemberVersion: e.LastMemVer,
  memberVersion: e.CurMemVer,
}));

/**
 * The event in these fields; null when it is none of ours (messages, menus,
 * tags). Throws {@linkcode MalformedCallback} when one of ours lacks its ids.
 */
export function readEvent(fields: Fields): CallbackEvent | null {
  const schema = fields.Event === "change_external_chat"
    ? chatEvent
    : fields.Event === "change_external_contact"
    ? contactEvent
    : null;
  if (schema === null) return null;
  const parsed = schema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join("."));
  throw new MalformedCallback(`Event lacks ${[...new Set(paths)].join(", ")}`);
}
