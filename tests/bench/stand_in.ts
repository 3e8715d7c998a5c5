/**
 * A WeCom for measuring: answers at once, in the wire format (91039, 90506,
 * 92992, 92994, 92113, 92114), and knows one designer with many contacts, whose
 * numbers follow a formula. A script; `/seen` tells how often each path was asked.
 */
import { type Child, serveChild, startChild } from "./child.ts";

export interface StandIn extends Child {
  /** Calls so far, and begins anew. */
  calls(): Promise<number>;
}

export const DESIGNER = "d1";
export const CORP = {
  corpId: "ww1234567890abcdef",
  agentId: "1000007",
  secret: "secret-of-the-bench-9f8e7d6c5b4a39281706",
};

/** The number of the n-th contact, from 0. */
export function mobileOf(n: number): string {
  return String(13_800_000_000 + n);
}

export async function startStandIn(contacts: number): Promise<StandIn> {
  const child = await startChild("stand_in.ts", contacts);
  return {
    ...child,
    async calls() {
      return Number(await (await fetch(`${child.origin}/seen`)).text());
    },
  };
}

/** The variables that point the product at it. */
export function standInEnv(base: string): Record<string, string> {
  return {
    WECOM_CORP_ID: CORP.corpId,
    WECOM_AGENT_ID: CORP.agentId,
    WECOM_SECRET: CORP.secret,
    WECOM_API_BASE: base,
    WECOM_OAUTH_BASE: `${base}/oauth`,
    WECOM_SSO_BASE: `${base}/sso`,
  };
}

const idOf = (n: number) => `wmBench${String(n).padStart(20, "0")}`;

/** WeCom has no such field as `mobile`; the original document reads it. */
function contactOf(n: number) {
  return {
    external_userid: idOf(n),
    name: `客户${n}`,
    type: 1,
    gender: 0,
    avatar: "",
    mobile: mobileOf(n),
  };
}

function followOf(n: number) {
  return {
    userid: DESIGNER,
    remark: `客户${n}`,
    remark_mobiles: [mobileOf(n)],
    createtime: 1_780_000_000,
  };
}

interface Asked {
  query: URLSearchParams;
  body: Record<string, unknown>;
}

function answersOf(contacts: number) {
  return (path: string, { query, body }: Asked): object | null => {
    switch (path) {
      case "gettoken":
        return { access_token: "tok-of-the-bench", expires_in: 7200 };
      case "get_jsapi_ticket":
      case "ticket/get":
        return { ticket: `ticket-${path}`, expires_in: 7200 };
      case "externalcontact/get_follow_user_list":
        return { follow_user: [DESIGNER] };
      case "externalcontact/list":
        return { external_userid: Array.from({ length: contacts }, at(idOf)) };
      case "externalcontact/get": {
        const n = Number((query.get("external_userid") ?? "").slice(-20));
        return { external_contact: contactOf(n), follow_user: [followOf(n)] };
      }
      case "externalcontact/batch/get_by_user": {
        const from = Number(String(body.cursor || "c0").slice(1));
        const to = Math.min(from + Number(body.limit ?? 50), contacts);
        return {
          external_contact_list: Array.from({ length: to - from }, (_, n) => ({
            external_contact: contactOf(from + n),
            follow_info: followOf(from + n),
          })),
          next_cursor: to < contacts ? `c${to}` : "",
        };
      }
      case "externalcontact/groupchat/list":
        return { group_chat_list: [], next_cursor: "" };
      default:
        return null;
    }
  };
}

const at = <T>(of: (n: number) => T) => (_: unknown, n: number) => of(n);

if (import.meta.main) {
  const answer = answersOf(JSON.parse(Deno.args[0] ?? ""));
  let calls = 0;
  serveChild(async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/seen") {
      const seen = calls;
      calls = 0;
      return new Response(String(seen));
    }
    calls += 1;
    const text = await request.text();
    const found = answer(url.pathname.replace(/^\/cgi-bin\//, ""), {
      query: url.searchParams,
      body: text === "" ? {} : JSON.parse(text),
    });
    if (!found) return new Response(null, { status: 404 });
    return Response.json({ errcode: 0, errmsg: "ok", ...found });
  });
}
