/**
 * The headers that every answer has, whatever it is: who may frame it, run
 * scripts in it and keep it.
 */
import { csp, type Middleware } from "fresh";
import type { State } from "./state.ts";

const HEADERS = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
};

const CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** Answers speak of persons: only what says otherwise may be kept. */
const NOT_KEPT = "private, no-store";

/** The same for an answer in JSON that no middleware makes. */
export const BARE_HEADERS = {
  ...HEADERS,
  "cache-control": NOT_KEPT,
  "content-security-policy": CLOSED_POLICY,
};

export const securityHeaders: Middleware<State>[] = [
  async function securityHeaders(ctx) {
    const response = await ctx.next();
    const headers: Record<string, string> = {
      ...HEADERS,
      "cache-control": NOT_KEPT,
    };
    const type = response.headers.get("content-type") ?? "";
    // Fresh's policy allows inline scripts where a page has none of its own;
    // only the simulated company's pages need that.
    const policy = response.headers.get("content-security-policy");
    if (policy && !/^\/sandbox(\/|$)/.test(ctx.url.pathname)) {
      response.headers.set(
        "content-security-policy",
        policy.replaceAll(" 'unsafe-inline'", ""),
      );
    }
    if (type.startsWith("application/json")) {
      response.headers.delete("content-security-policy");
      headers["content-security-policy"] = CLOSED_POLICY;
    }
    if (ctx.state.services?.config.publicOrigin.startsWith("https:")) {
      headers["strict-transport-security"] = "max-age=31536000";
    }
    return withHeaders(response, headers);
  },
  csp({
    useNonce: true,
    csp: [
      // Avatars come from WeChat's image hosts; the sandbox's are inline.
      "img-src 'self' https: data:",
      "base-uri 'none'",
    ],
  }),
];

/** The response with these headers too, where it does not have them. */
export function withHeaders(
  response: Response,
  headers: Record<string, string>,
): Response {
  try {
    addMissing(response.headers, headers);
    return response;
  } catch {
    // Some responses have read-only headers (`Response.redirect`).
    const changed = new Response(response.body, response);
    addMissing(changed.headers, headers);
    return changed;
  }
}

function addMissing(headers: Headers, more: Record<string, string>): void {
  for (const [name, value] of Object.entries(more)) {
    if (!headers.has(name)) headers.set(name, value);
  }
}
