/**
 * Rows that nobody foresaw, put into a proper answer: what clients of the real
 * WeCom were written to get over. Each is one row more, or a field that means
 * nothing to us, so that all that was there still has to be understood.
 */
import type { Body } from "./params.ts";

/** What is odd about an answer; each fits some endpoints and leaves others be. */
export type Oddity =
  /** The control character U+0014 stands in a name as it is, not escaped. */
  | "raw control character"
  | "row without follow_info"
  | "row without userid"
  | "mobiles as a text"
  | "createtime as a text"
  | "row that is null"
  | "member without userid"
  | "invitor that is a list"
  | "admins that are texts";

const BATCH = "externalcontact/batch/get_by_user";
const GROUP = "externalcontact/groupchat/get";

interface Odd {
  endpoint: string;
  /** Changes the answer in place; false where there was nothing to change. */
  apply(body: Body): boolean;
}

const customer = {
  external_userid: "wmODDxECwAAAAAAAAAAAAAAAAAAAAAAA",
  type: 1,
};
const follow = {
  userid: "nobody",
  remark: "",
  createtime: 1_700_000_000,
  remark_mobiles: [],
};

/** One row more at the head of the page, so that others come after it. */
function before(body: Body, row: unknown): boolean {
  const rows = body["external_contact_list"];
  if (!Array.isArray(rows)) return false;
  rows.unshift(row);
  return true;
}

/** Changes what means the same otherwise; tells whether any row was changed. */
function eachFollow(body: Body, change: (info: Body) => boolean): boolean {
  const rows = body["external_contact_list"];
  if (!Array.isArray(rows)) return false;
  return rows.map((row) => change(row.follow_info)).includes(true);
}

function group(body: Body, change: (chat: Body) => void): boolean {
  const chat = body["group_chat"];
  if (typeof chat !== "object" || chat === null) return false;
  change(chat as Body);
  return true;
}

/** A place for the character, which \u0014 stands for until it is sent. */
const RAW = "\u0014";

const ODDITIES: Readonly<Record<Oddity, readonly Odd[]>> = {
  "raw control character": [
    {
      endpoint: BATCH,
      apply: (body) =>
        before(body, {
          external_contact: { ...customer, name: `路${RAW}人` },
        }),
    },
    {
      endpoint: GROUP,
      apply: (body) =>
        group(
          body,
          (chat) => void (chat["notice"] = `${chat["notice"]}${RAW}`),
        ),
    },
  ],
  "row without follow_info": [{
    endpoint: BATCH,
    apply: (body) =>
      before(body, { external_contact: { ...customer, name: "乙" } }),
  }],
  "row without userid": [{
    endpoint: BATCH,
    apply: (body) =>
      before(body, {
        external_contact: { ...customer, name: "乙" },
        follow_info: { ...follow, userid: undefined },
      }),
  }],
  "mobiles as a text": [{
    endpoint: BATCH,
    apply: (body) =>
      eachFollow(body, (info) => {
        const numbers = info["remark_mobiles"];
        if (!Array.isArray(numbers) || numbers.length !== 1) return false;
        info["remark_mobiles"] = numbers[0];
        return true;
      }),
  }],
  "createtime as a text": [{
    endpoint: BATCH,
    apply: (body) =>
      eachFollow(body, (info) => {
        info["createtime"] = String(info["createtime"]);
        return true;
      }),
  }],
  "row that is null": [{
    endpoint: BATCH,
    apply: (body) => before(body, null),
  }],
  "member without userid": [{
    endpoint: GROUP,
    apply: (body) =>
      group(body, (chat) => {
        const members = chat["member_list"];
        if (Array.isArray(members)) members.unshift({ userid: "", type: 2 });
      }),
  }],
  "invitor that is a list": [{
    endpoint: GROUP,
    apply: (body) =>
      group(body, (chat) => {
        const members = chat["member_list"];
        if (!Array.isArray(members)) return;
        for (const member of members) {
          if (!("invitor" in member)) member.invitor = [];
        }
      }),
  }],
  "admins that are texts": [{
    endpoint: GROUP,
    apply: (body) =>
      group(body, (chat) => void (chat["admin_list"] = ["zhangsan", ""])),
  }],
};

export const ODDITY_NAMES = Object.keys(ODDITIES) as Oddity[];

/** Makes an answer odd, where this oddity can be in it; tells whether it could. */
export function makeOdd(oddity: Oddity, endpoint: string, body: Body): boolean {
  const odd = ODDITIES[oddity].find((one) => one.endpoint === endpoint);
  return odd?.apply(body) ?? false;
}

/** The body as it is sent: escapes of the control character become bare. */
export function oddJson(body: Body): string {
  return JSON.stringify(body).replaceAll("\\u0014", RAW);
}
