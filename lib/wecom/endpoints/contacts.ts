/**
 * Customers. WeCom has no phone field: the number is `remark_mobiles`, typed by the employee and kept
 * apart for each follower (92114). Lists are read with batch/get_by_user (92994): at most 100 members
 * and 100 records a call, parallel calls end in 45033. All times are ms since epoch.
 */
import { z } from "zod";
import {
  code,
  codeOf,
  cursorOf,
  id,
  idIn,
  isObject,
  type Lossy,
  lost,
  msOf,
  nextCursor,
  nothing,
  one,
  rows,
  rowsOf,
  secondsAsMs,
  text,
  textOf,
  textOrNull,
  texts,
  textsOf,
  userId,
  wholly,
} from "../answer.ts";
import { endpoint } from "../endpoint.ts";

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

const described = {
  name: text,
  avatar: textOrNull,
  type: code,
  corp_name: textOrNull,
};

type Described = z.infer<z.ZodObject<typeof described>>;

function contactOf(externalUserId: string, c: Described): ExternalContact {
  return {
    externalUserId,
    name: c.name,
    avatar: c.avatar,
    // The ids of WeCom users begin with wo, those of WeChat users with wm.
    type: c.type === 2 || (c.type !== 1 && externalUserId.startsWith("wo"))
      ? "wecom"
      : "wechat",
    corpName: c.corp_name,
  };
}

const externalContact = z.object({ external_userid: id, ...described })
  .transform((c) => contactOf(c.external_userid, c));

const notes = {
  remark: text,
  description: text,
  remark_mobiles: texts,
  createtime: secondsAsMs,
  add_way: code,
  state: textOrNull,
};

type Notes = z.infer<z.ZodObject<typeof notes>>;

function noted(wxUserId: string, n: Notes): FollowUser {
  return {
    wxUserId,
    remark: n.remark,
    description: n.description,
    remarkMobiles: n.remark_mobiles,
    addedAt: n.createtime,
    addWay: n.add_way,
    state: n.state,
  };
}

const followUser = z.object({ userid: id, ...notes })
  .transform((f) => noted(f.userid, f));

/** Without `userid`. Numbers that are not there at all are not known to be none. */
const unnamedFollower = z.looseObject({})
  .refine((f) => f.remark_mobiles !== undefined)
  .pipe(z.object(notes))
  .transform((f) => noted("", f));

export interface AbleMembers extends Lossy {
  readonly wxUserIds: readonly string[];
}

/** Members who may use 客户联系 (92571). */
export const getFollowUserList = endpoint<void, AbleMembers>({
  name: "externalcontact/get_follow_user_list",
  method: "GET",
  answer: z.object({ follow_user: rows(userId) }).transform((a) => ({
    wxUserIds: a.follow_user.kept,
    dropped: lost(a),
  })),
  parallel: 4,
});

export interface ContactDetail extends Lossy {
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
    external_contact: one(externalContact),
    follow_user: rows(followUser),
    next_cursor: nextCursor,
  }).transform(({ external_contact, ...lists }): ContactDetail => ({
    contact: external_contact,
    followUsers: lists.follow_user.kept,
    nextCursor: lists.next_cursor.cursor,
    dropped: lost(lists),
  })),
});

const followed = z.object({
  external_contact: one(externalContact),
  follow_info: one(z.union([followUser, unnamedFollower])),
}).transform((row): FollowedContact => ({
  contact: row.external_contact,
  followUser: row.follow_info,
}));

/** A row as nearly all are, read without zod; null: to be looked at closely. */
function plainly(value: unknown): FollowedContact | null {
  if (!isObject(value)) return null;
  const { external_contact: c, follow_info: f } = value;
  if (!isObject(c) || !isObject(f)) return null;
  const externalUserId = idIn(c.external_userid);
  const wxUserId = idIn(f.userid);
  if (externalUserId === null || wxUserId === null) return null;
  return {
    contact: contactOf(externalUserId, {
      name: textOf(c.name),
      avatar: textOf(c.avatar) || null,
      type: codeOf(c.type),
      corp_name: textOf(c.corp_name) || null,
    }),
    followUser: noted(wxUserId, {
      remark: textOf(f.remark),
      description: textOf(f.description),
      remark_mobiles: textsOf(f.remark_mobiles),
      createtime: msOf(f.createtime),
      add_way: codeOf(f.add_way),
      state: textOf(f.state) || null,
    }),
  };
}

export interface ContactPage extends Lossy {
  readonly contacts: readonly FollowedContact[];
  /** Rows that do not say whose they are: `wxUserId` is empty. */
  readonly unnamed: readonly FollowedContact[];
  readonly nextCursor: string | null;
  /** Members without a licence; only for apps of providers, never for a self-built one. */
  readonly unlicensedWxUserIds: readonly string[];
}

function pageOf(body: unknown): ContactPage {
  const answer = isObject(body) ? body : {};
  const list = rowsOf(answer.external_contact_list, followed, plainly);
  const next = cursorOf(answer.next_cursor);
  const failed = isObject(answer.fail_info) ? answer.fail_info : {};
  return {
    contacts: list.kept.filter((row) => row.followUser.wxUserId !== ""),
    unnamed: list.kept.filter((row) => row.followUser.wxUserId === ""),
    nextCursor: next.cursor,
    unlicensedWxUserIds: textsOf(failed.unlicensed_userid_list),
    dropped: lost({ external_contact_list: list, next_cursor: next }),
  };
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
  answer: wholly(pageOf),
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
    // To clear it, "an empty string"; a list without elements changes nothing.
    remark_mobiles: input.remarkMobiles?.length === 0
      ? [""]
      : input.remarkMobiles,
  }),
  answer: nothing,
  parallel: 4,
});
