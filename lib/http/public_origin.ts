/**
 * A `PUBLIC_ORIGIN` that is not the address people open makes every sign-in end
 * in 401 and flows in CSRF_REJECTED, and neither says why. So the address that a
 * request was made to is compared, and one that differs is named in the log,
 * once. Anyone may send such headers: they are told, and nothing else is made
 * of them.
 */
import type { Middleware } from "fresh";
import type { Log } from "./log.ts";
import type { State } from "./state.ts";

/** Names made up by a stranger shall not fill the log. */
const MOST_TOLD = 3;
/** Balancers, the ERP and WeCom may reach us under another name. */
const NO_PAGE = /^\/(healthz|readyz|api|_fresh|sandbox)(\/|$)/;

export function watchPublicOrigin(log: Log): Middleware<State> {
  const told = new Set<string>();
  return async function watchPublicOrigin(ctx) {
    const response = await ctx.next();
    const publicOrigin = ctx.state.services?.config.publicOrigin;
    const differs = publicOrigin && elsewhere(ctx.req, ctx.state, publicOrigin);
    if (differs && told.size < MOST_TOLD && !told.has(differs)) {
      told.add(differs);
      log("warn", "config.public_origin", {
        publicOrigin,
        asked: differs,
        advice: "PUBLIC_ORIGIN is not the address that people open, " +
          "or the proxy does not pass the Host header",
      });
    }
    return response;
  };
}

/** The origin that was asked, when it is not ours. */
export function elsewhere(
  { url, headers }: Request,
  { refusal }: Pick<State, "refusal">,
  publicOrigin: string,
): string | null {
  // What a page says of itself is sure, where it was not let in for that.
  const origin = headers.get("origin");
  if (refusal?.error === "CSRF_REJECTED" && origin && URL.canParse(origin)) {
    return origin === publicOrigin ? null : origin;
  }
  // Behind a proxy that ends TLS we are asked by http, unless it says more.
  const proto = first(headers.get("x-forwarded-proto"));
  const scheme = proto && /^https?$/.test(proto)
    ? proto
    : publicOrigin.split(":", 1)[0];
  const host = first(headers.get("x-forwarded-host")) ??
    headers.get("host") ?? new URL(url).host;
  const asked = `${scheme}://${host}`;
  // Nearly always: URLs are read for the others only.
  if (asked === publicOrigin) return null;
  if (NO_PAGE.test(new URL(url).pathname) || !URL.canParse(asked)) return null;
  const there = new URL(asked);
  return there.origin === new URL(publicOrigin).origin ? null : there.origin;
}

/** Several proxies add to the list; the first one was asked by the client. */
function first(value: string | null): string | null {
  return value?.split(",")[0]?.trim() || null;
}
