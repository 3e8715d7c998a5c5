/**
 * 联系我 (92228): the code by which a customer adds one member. An app sees only
 * the codes that it made; they never expire, 500,000 per corp together with the
 * codes of groups, and who loses the `config_id` can only find it in the list.
 */
import { z } from "zod";
import {
  id,
  type Lossy,
  lost,
  nextCursor,
  nothing,
  one,
  rows,
  text,
} from "../answer.ts";
import { endpoint } from "../endpoint.ts";

export interface MadeCode {
  readonly configId: string;
  readonly qrCode: string;
}

/** On pages of https a picture over http is not shown; WeCom's hosts have both. */
function secure(address: string): string {
  return address.replace(/^http:(?=\/\/([\w-]+\.)*qpic\.cn\/)/, "https:");
}

/** Longer than an id may be. */
const picture = text.pipe(z.string().min(1));

/**
 * Of one member, to be shown as a picture; one call answers id and picture. By
 * 免验证 (`skip_verify`, the default) the customer has the member at once, and
 * WeCom tells of a half-added contact until the member confirms. `state` and
 * `remark` at most 30 characters.
 */
export const addContactWay = endpoint<
  { wxUserId: string; state: string; remark: string },
  MadeCode
>({
  name: "externalcontact/add_contact_way",
  method: "POST",
  body: ({ wxUserId, state, remark }) => ({
    type: 1,
    scene: 2,
    user: [wxUserId],
    skip_verify: true,
    state,
    remark,
  }),
  answer: z.object({ config_id: id, qr_code: picture }).transform((a) => ({
    configId: a.config_id,
    qrCode: secure(a.qr_code),
  })),
  // Another try would make another code.
  once: true,
  parallel: 4,
});

export const getContactWay = endpoint<{ configId: string }, { state: string }>({
  name: "externalcontact/get_contact_way",
  method: "POST",
  body: ({ configId }) => ({ config_id: configId }),
  answer: z.object({ contact_way: one(z.object({ state: text })) })
    .transform((a) => ({ state: a.contact_way.state })),
  parallel: 2,
});

export interface CodePage extends Lossy {
  readonly configIds: readonly string[];
  readonly nextCursor: string | null;
}

/** The codes that were made in this time, ms since epoch; `limit` at most 1,000. */
export const listContactWays = endpoint<
  { from: number; to: number; cursor?: string },
  CodePage
>({
  name: "externalcontact/list_contact_way",
  method: "POST",
  body: ({ from, to, cursor = "" }) => ({
    start_time: Math.floor(from / 1000),
    end_time: Math.ceil(to / 1000),
    cursor,
    limit: 1000,
  }),
  answer: z.object({
    contact_way: rows(z.object({ config_id: id })),
    next_cursor: nextCursor,
  }).transform((a): CodePage => ({
    configIds: a.contact_way.kept.map((way) => way.config_id),
    nextCursor: a.next_cursor.cursor,
    dropped: lost(a),
  })),
  parallel: 2,
});

export const deleteContactWay = endpoint<{ configId: string }, undefined>({
  name: "externalcontact/del_contact_way",
  method: "POST",
  body: ({ configId }) => ({ config_id: configId }),
  answer: nothing,
  parallel: 2,
});
