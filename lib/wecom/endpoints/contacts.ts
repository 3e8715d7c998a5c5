/**
 * Customers. WeCom has no phone field: the number is `remark_mobiles`, typed by the employee and kept
 * apart for each follower (92114). Lists are read with batch/get_by_user (92994): at most 100 members
 * and 100 records a call, parallel calls end in 45033. All times are ms since epoch.
 */
import { z } from "zod";
import {
  code,
  endpoint,
  list,
  nextCursor,
  nothing,
  secondsAsMs,
  text,
  textOrNull,
  texts,
} from "../endpoint.ts";

export interface ExternalContact {
  readonly externalUserId: string;
  /** The nickname the customer chose: any characters, may change, may be empty. */
  readonly name: string;
  readonly avatar: string | null;
  /** A WeChat user, or a user of another company's WeCom. */
  readonly type: "wechat" | "wecom";
  readonly corpName: string | null;
}

/** What one member keeps about a contact. */
export interface FollowUser {
  readonly wxUserId: string;
  readonly remark: string;
  readonly description: string;
  /** As typed: spaces, dashes and +86 included. */
  readonly remarkMobiles: readonly string[];
  /** When the contact was added, ms since epoch; 0 when unknown. */
  readonly addedAt: number;
  /** How the contact was added (92114): 1 QR code, 2 phone search, …; null when unknown. */
  readonly addWay: number | null;
  /** The `state` of the 联系我 code that led here. */
  readonly state: string | null;
}

export interface FollowedContact {
  readonly contact: ExternalContact;
  readonly followUser: FollowUser;
}

const externalContact = z.object({
  external_userid: z.string().min(1),
  name: text,
  avatar: textOrNull,
  type: code,
  corp_name: textOrNull,
}).transform((c): ExternalContact => ({
  externalUserId: c.external_userid,
  name: c.name,
  avatar: c.avatar,
  // The ids of WeCom users begin with wo, those of WeChat users with wm.
  type: c.type === 2 || (c.type !== 1 && c.external_userid.startsWith("wo"))
    ? "wecom"
    : "wechat",
  corpName: c.corp_name,
}));

const followUser = z.object({
  userid: z.string().min(1),
  remark: text,
  description: text,
  remark_mobiles: texts,
  createtime: secondsAsMs,
  add_way: code,
  state: textOrNull,
}).transform((f): FollowUser => ({
  wxUserId: f.userid,
  remark: f.remark,
  description: f.description,
  remarkMobiles: f.remark_mobiles,
  addedAt: f.createtime,
  addWay: f.add_way,
  state: f.state,
}));

/** Members who may use 客户联系 (92571). */
export const getFollowUserList = endpoint<void, { wxUserIds: string[] }>({
  name: "externalcontact/get_follow_user_list",
  method: "GET",
  answer: z.object({ follow_user: texts }).transform((a) => ({
    wxUserIds: a.follow_user,
  })),
  parallel: 4,
});

export interface ContactDetail {
  readonly contact: ExternalContact;
  /** Only followers within the app's visible scope; pages only beyond 500 of them. */
  readonly followUsers: readonly FollowUser[];
  readonly nextCursor: string | null;
}

export const getContact = endpoint<
  { externalUserId: string; cursor?: string },
  ContactDetail
>({
  name: "externalcontact/get",
  method: "GET",
  query: ({ externalUserId, cursor }) => ({
    external_userid: externalUserId,
    ...(cursor === undefined ? {} : { cursor }),
  }),
  answer: z.object({
    external_contact: externalContact,
    follow_user: list(followUser),
    next_cursor: nextCursor,
  }).transform((a): ContactDetail => ({
    contact: a.external_contact,
    followUsers: a.follow_user,
    nextCursor: a.next_cursor,
  })),
});

export interface ContactPage {
  readonly contacts: readonly FollowedContact[];
  readonly nextCursor: string | null;
  /** Members without a licence; only for apps of providers, never for a self-built one. */
  readonly unlicensedWxUserIds: readonly string[];
}

/** `wxUserIds` 1–100, `limit` 1–100. A cursor belongs to its list of members. */
export const batchGetByUser = endpoint<
  { wxUserIds: readonly string[]; cursor?: string; limit?: number },
  ContactPage
>({
  name: "externalcontact/batch/get_by_user",
  method: "POST",
  body: ({ wxUserIds, cursor = "", limit = 100 }) => ({
    userid_list: wxUserIds,
    cursor,
    limit,
  }),
  answer: z.object({
    external_contact_list: list(z.object({
      external_contact: externalContact,
      follow_info: followUser,
    })),
    next_cursor: nextCursor,
    fail_info: z.object({ unlicensed_userid_list: texts }).nullish(),
  }).transform((a): ContactPage => ({
    contacts: a.external_contact_list.map((row) => ({
      contact: row.external_contact,
      followUser: row.follow_info,
    })),
    nextCursor: a.next_cursor,
    unlicensedWxUserIds: a.fail_info?.unlicensed_userid_list ?? [],
  })),
  timeoutMs: 10_000,
  parallel: 2,
});

/**
 * Writes a member's own notes on a contact (92115). `remarkMobiles` replaces the whole list, so send
 * those already there as well; `remark` at most 20 characters, `description` 150.
 */
export const remarkContact = endpoint<
  {
    wxUserId: string;
    externalUserId: string;
    remark?: string;
    description?: string;
    remarkMobiles?: readonly string[];
  },
  undefined
>({
  name: "externalcontact/remark",
  method: "POST",
  body: (input) => ({
    userid: input.wxUserId,
    external_userid: input.externalUserId,
    remark: input.remark,
    description: input.description,
    remark_mobiles: input.remarkMobiles,
  }),
  answer: nothing,
  parallel: 4,
});
