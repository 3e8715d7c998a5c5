/**
 * A WeCom on a morning: everybody has contacts, and it takes its time. It allows so
 * many calls of an API at the same time, and refuses more with 45033. A script;
 * `/set?ms=` says how long a call takes, `/seen` tells calls and refusals, and
 * begins anew.
 */
import { serveChild } from "./child.ts";

export interface Morning {
  /** Contacts of each person. */
  contacts: number;
  /** Calls at the same time, by API. */
  parallel: Record<string, number>;
}

export interface Seen {
  calls: Record<string, number>;
  refused: number;
}

/** The number of somebody's last contact. */
export function lastMobile(wxUserId: string, contacts: number): string {
  const person = Number(wxUserId.slice(1));
  return String(13_000_000_000 + person * 1_000 + contacts - 1);
}

function contactOf(wxUserId: string, n: number) {
  const mobile = lastMobile(wxUserId, n + 1);
  return {
    external_contact: {
      external_userid: `wmMorning${wxUserId}n${n}`,
      name: `客户${n}`,
      type: 1,
      gender: 0,
    },
    follow_info: {
      userid: wxUserId,
      remark: `客户${n}`,
      remark_mobiles: [mobile],
      createtime: 1_780_000_000,
    },
  };
}

function answer(
  path: string,
  query: URLSearchParams,
  text: string,
  all: number,
) {
  switch (path) {
    case "gettoken":
      return { access_token: "tok-of-the-morning", expires_in: 7200 };
    case "get_jsapi_ticket":
    case "ticket/get":
      return { ticket: `ticket-${path}`, expires_in: 7200 };
    case "auth/getuserinfo":
      return { userid: (query.get("code") ?? "").replace("code-", "") };
    case "externalcontact/batch/get_by_user": {
      const { userid_list: [who = ""], cursor } = JSON.parse(text);
      const from = Number(String(cursor || "c0").slice(1));
      const to = Math.min(from + 100, all);
      return {
        external_contact_list: Array.from(
          { length: to - from },
          (_, n) => contactOf(who, from + n),
        ),
        next_cursor: to < all ? `c${to}` : "",
      };
    }
    default:
      return null;
  }
}

if (import.meta.main) {
  const { contacts, parallel }: Morning = JSON.parse(Deno.args[0] ?? "");
  const running = new Map<string, number>();
  let ms = 0;
  let seen: Seen = { calls: {}, refused: 0 };
  serveChild(async (request) => {
    const url = new URL(request.url);
    if (url.pathname === "/set") {
      ms = Number(url.searchParams.get("ms"));
      return new Response(null, { status: 204 });
    }
    if (url.pathname === "/seen") {
      const told = seen;
      seen = { calls: {}, refused: 0 };
      return Response.json(told);
    }
    const path = url.pathname.replace(/^\/cgi-bin\//, "");
    const text = await request.text();
    const now = (running.get(path) ?? 0) + 1;
    if (now > (parallel[path] ?? Infinity)) {
      seen.refused += 1;
      return Response.json({ errcode: 45033, errmsg: "too many" });
    }
    running.set(path, now);
    seen.calls[path] = (seen.calls[path] ?? 0) + 1;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    running.set(path, (running.get(path) ?? 1) - 1);
    const found = answer(path, url.searchParams, text, contacts);
    if (!found) return new Response(null, { status: 404 });
    return Response.json({ errcode: 0, errmsg: "ok", ...found });
  });
}
