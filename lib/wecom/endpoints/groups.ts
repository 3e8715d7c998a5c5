/**
 * Customer groups (客户群). The API can read them but not create them. The owner must be within the
 * app's visible scope. An answer right after an event or a creation may be stale by some seconds
 * (92122), so callers try again before they believe that something is missing. Times are ms since epoch.
 */
import { z } from "zod";
import {
  code,
  id,
  type Lossy,
  lost,
  nextCursor,
  one,
  rows,
  secondsAsMs,
  text,
  textOrNull,
  userId,
  userIdOrNull,
} from "../answer.ts";
import { endpoint } from "../endpoint.ts";

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

export interface GroupChatPage extends Lossy {
  readonly chats: readonly {
    readonly chatId: string;
    readonly ownerStatus: OwnerStatus;
  }[];
  readonly nextCursor: string | null;
}

/**
 * Lists groups by owner (92120), 1–100 of them; `limit` 1–1000. Without owners those of everybody in
 * the app's scope, which is refused with `TOO_MANY_OWNERS` beyond 1,000 visible members.
 */
export const listGroupChats = endpoint<
  {
    ownerWxUserIds?: readonly string[];
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
    owner_filter: ownerWxUserIds && { userid_list: ownerWxUserIds },
    cursor,
    limit,
  }),
  answer: z.object({
    group_chat_list: rows(z.object({ chat_id: id, status: code })),
    next_cursor: nextCursor,
  }).transform((a): GroupChatPage => ({
    chats: a.group_chat_list.kept.map((chat) => ({
      chatId: chat.chat_id,
      ownerStatus: OWNER_STATUS[chat.status ?? 0] ?? "normal",
    })),
    nextCursor: a.next_cursor.cursor,
    dropped: lost(a),
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

/** Lossy: somebody of its members may be missing here who is in the group. */
export interface GroupChat extends Lossy {
  readonly chatId: string;
  readonly name: string;
  /** Empty when the answer does not tell. */
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
  userid: id,
  type: code,
  join_time: secondsAsMs,
  join_scene: code,
  invitor: userIdOrNull,
  name: text,
  group_nickname: text,
  state: textOrNull,
}).transform((m): GroupMember => ({
  userId: m.userid,
  // Customers' ids begin with wm or wo; userids are chosen freely.
  type: m.type === 1 || m.type !== 2 && !/^w[mo]/.test(m.userid)
    ? "member"
    : "external",
  joinTime: m.join_time,
  joinScene: JOIN_SCENE[m.join_scene ?? 0] ?? "unknown",
  invitorWxUserId: m.invitor,
  name: m.name,
  groupNickname: m.group_nickname,
  state: m.state,
}));

/** One group with its members and their names (92122). */
export const getGroupChat = endpoint<{ chatId: string }, GroupChat>({
  name: "externalcontact/groupchat/get",
  method: "POST",
  body: ({ chatId }) => ({ chat_id: chatId, need_name: 1 }),
  answer: z.object({
    group_chat: one(z.object({
      chat_id: id,
      name: text,
      owner: userIdOrNull,
      create_time: secondsAsMs,
      notice: text,
      member_list: rows(member),
      admin_list: rows(userId),
      member_version: textOrNull,
    })),
  }).transform(({ group_chat: g }): GroupChat => ({
    chatId: g.chat_id,
    name: g.name,
    ownerWxUserId: g.owner ?? "",
    createTime: g.create_time,
    notice: g.notice,
    members: g.member_list.kept,
    // Nothing is concluded from who is no admin: this list may be absent.
    adminWxUserIds: g.admin_list.kept,
    memberVersion: g.member_version,
    // A group has its owner at least: a list of nobody is none.
    dropped: g.member_list.kept.length === 0
      ? ["member_list"]
      : lost({ member_list: g.member_list }),
  })),
  parallel: 8,
});
