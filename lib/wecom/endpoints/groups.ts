/**
 * Customer groups (客户群). The API can read them but not create them. The owner must be within the
 * app's visible scope. An answer right after an event or a creation may be stale by some seconds
 * (92122), so callers try again before they believe that something is missing. Times are ms since epoch.
 */
import { z } from "zod";
import {
  code,
  endpoint,
  list,
  nextCursor,
  secondsAsMs,
  text,
  textOrNull,
} from "../endpoint.ts";

/** What became of the owner: `owner_left` waits for a transfer. */
export type OwnerStatus =
  | "normal"
  | "owner_left"
  | "transferring"
  | "transferred";

const OWNER_STATUS: readonly OwnerStatus[] = [
  "normal",
  "owner_left",
  "transferring",
  "transferred",
];

export interface GroupChatPage {
  readonly chats: readonly {
    readonly chatId: string;
    readonly ownerStatus: OwnerStatus;
  }[];
  readonly nextCursor: string | null;
}

/**
 * Lists groups by owner (92120). `ownerWxUserIds` 1–100, and named always: without owners a scope of
 * more than 1,000 members is refused with 81017. `limit` 1–1000.
 */
export const listGroupChats = endpoint<
  {
    ownerWxUserIds: readonly string[];
    ownerStatus?: Exclude<OwnerStatus, "normal">;
    cursor?: string;
    limit?: number;
  },
  GroupChatPage
>({
  name: "externalcontact/groupchat/list",
  method: "POST",
  body: ({ ownerWxUserIds, ownerStatus, cursor = "", limit = 1000 }) => ({
    // On the wire 0 means no filter, so groups with a normal owner cannot be asked for alone.
    status_filter: ownerStatus === undefined
      ? 0
      : OWNER_STATUS.indexOf(ownerStatus),
    owner_filter: { userid_list: ownerWxUserIds },
    cursor,
    limit,
  }),
  answer: z.object({
    group_chat_list: list(
      z.object({ chat_id: z.string().min(1), status: code }),
    ),
    next_cursor: nextCursor,
  }).transform((a): GroupChatPage => ({
    chats: a.group_chat_list.map((chat) => ({
      chatId: chat.chat_id,
      ownerStatus: OWNER_STATUS[chat.status ?? 0] ?? "normal",
    })),
    nextCursor: a.next_cursor,
  })),
  parallel: 4,
});

export type JoinScene = "invited" | "invite_link" | "group_qr" | "unknown";

export interface GroupMember {
  /** A member's userid, or the external_userid of a customer. */
  readonly userId: string;
  readonly type: "member" | "external";
  /** ms since epoch; 0 when unknown. */
  readonly joinTime: number;
  readonly joinScene: JoinScene;
  /** Who invited; known only when it was somebody of our own company. */
  readonly invitorWxUserId: string | null;
  readonly name: string;
  readonly groupNickname: string;
  /** The `state` of the join way (group QR code) this member came through. */
  readonly state: string | null;
}

export interface GroupChat {
  readonly chatId: string;
  readonly name: string;
  readonly ownerWxUserId: string;
  /** ms since epoch. */
  readonly createTime: number;
  readonly notice: string;
  readonly members: readonly GroupMember[];
  readonly adminWxUserIds: readonly string[];
  /** Changes whenever the members do; null on older answers. */
  readonly memberVersion: string | null;
}

const JOIN_SCENE: Readonly<Record<number, JoinScene>> = {
  1: "invited",
  2: "invite_link",
  3: "group_qr",
};

const member = z.object({
  userid: z.string().min(1),
  type: code,
  join_time: secondsAsMs,
  join_scene: code,
  invitor: z.object({ userid: textOrNull }).nullish(),
  name: text,
  group_nickname: text,
  state: textOrNull,
}).transform((m): GroupMember => ({
  userId: m.userid,
  // Customers' ids begin with wm or wo; userids are chosen freely.
  type: m.type === 1 || m.type === null && !/^w[mo]/.test(m.userid)
    ? "member"
    : "external",
  joinTime: m.join_time,
  joinScene: JOIN_SCENE[m.join_scene ?? 0] ?? "unknown",
  invitorWxUserId: m.invitor?.userid ?? null,
  name: m.name,
  groupNickname: m.group_nickname,
  state: m.state,
}));

/** One group with its members and their names (92122). 40050, 49008 and 90501 mean: no such group. */
export const getGroupChat = endpoint<{ chatId: string }, GroupChat>({
  name: "externalcontact/groupchat/get",
  method: "POST",
  body: ({ chatId }) => ({ chat_id: chatId, need_name: 1 }),
  answer: z.object({
    group_chat: z.object({
      chat_id: z.string().min(1),
      name: text,
      owner: text,
      create_time: secondsAsMs,
      notice: text,
      member_list: list(member),
      admin_list: list(z.object({ userid: text })),
      member_version: textOrNull,
    }),
  }).transform(({ group_chat: g }): GroupChat => ({
    chatId: g.chat_id,
    name: g.name,
    ownerWxUserId: g.owner,
    createTime: g.create_time,
    notice: g.notice,
    members: g.member_list,
    adminWxUserIds: g.admin_list.flatMap((a) => a.userid || []),
    memberVersion: g.member_version,
  })),
  parallel: 8,
});
