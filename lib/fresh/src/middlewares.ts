/**
 * The middlewares that come with the framework: security headers, protection
 * against cross-site requests, and static files.
 */
import { BUILD_ID, CACHE_KEY } from "./build_id.ts";
import { type Context, NONCE, SNAPSHOT } from "./context.ts";
import { HttpError } from "./error.ts";
import { type Encoding, ENCODINGS, type StaticFile } from "./snapshot.ts";
import type { Middleware } from "./types.ts";

export interface CSPOptions {
  /** Directives; one of the same name replaces a default. */
  csp?: string[];
  /** Allows only scripts and styles with the nonce of the page, in place of 'unsafe-inline'. */
  useNonce?: boolean;
}

const CSP_DEFAULTS = [
  "default-src 'self'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' data: blob:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "upgrade-insecure-requests",
];

const directiveName = (directive: string) => directive.split(" ", 1)[0] ?? "";

/** Sets the Content-Security-Policy header. */
export function csp<State>(options: CSPOptions = {}): Middleware<State> {
  const { csp: own = [], useNonce } = options;
  const replaced = new Set(own.map(directiveName));
  const directives = [
    ...CSP_DEFAULTS.filter((one) => !replaced.has(directiveName(one))),
    ...own,
  ];
  const plain = directives.join("; ");
  const inline = /^(script|style)-src(-elem|-attr)?$|^default-src$/;
  // Around the nonces.
  const parts = directives.map((one) =>
    inline.test(directiveName(one))
      ? one.replaceAll("'unsafe-inline'", "'nonce-\0'")
      : one
  ).join("; ").split("\0");

  return async (ctx) => {
    const res = mutable(await ctx.next());
    const { [NONCE]: nonce } = res as Response & { [NONCE]?: string };
    res.headers.set(
      "Content-Security-Policy",
      useNonce && nonce ? parts.join(nonce) : plain,
    );
    return res;
  };
}

/** The headers of `Response.redirect()` and of a `fetch()` result cannot be set. */
function mutable(res: Response): Response {
  try {
    res.headers.delete("x-fresh-probe");
    return res;
  } catch {
    return new Response(res.body, res);
  }
}

export interface CsrfOptions<State = unknown> {
  /** Origins to allow; by default that of the request's own URL. */
  origin?:
    | string
    | string[]
    | ((origin: string, context: Context<State>) => boolean);
}

/**
 * Refuses (403) what a page of another site sends. Requests with neither
 * `Sec-Fetch-Site` nor `Origin` come from no browser of today and pass.
 */
export function csrf<State>(
  { origin: allowed }: CsrfOptions<State> = {},
): Middleware<State> {
  const isAllowed = (origin: string, ctx: Context<State>) => {
    if (typeof allowed === "function") return allowed(origin, ctx);
    if (Array.isArray(allowed)) return allowed.includes(origin);
    return origin === (allowed || ctx.url.origin);
  };
  return async (ctx) => {
    const { method, headers } = ctx.req;
    if (/^(GET|HEAD|OPTIONS)$/.test(method)) return await ctx.next();
    const site = headers.get("sec-fetch-site");
    const origin = headers.get("origin");
    const sameSite = site === "same-origin" || site === "none" ||
      site === null && origin === null;
    if (sameSite || origin !== null && isAllowed(origin, ctx)) {
      return await ctx.next();
    }
    throw new HttpError(403);
  };
}

/** Serves the chunks of the islands and the files of the static directory. */
export function staticFiles<State>(): Middleware<State> {
  return async function serveStaticFile(ctx) {
    const { req, url, config } = ctx;
    const pathname = normalize(url.pathname);
    const file = ctx[SNAPSHOT]?.files.get(pathname);
    if (file === undefined) {
      return pathname === "/favicon.ico" && ctx[SNAPSHOT] !== null
        ? new Response(null, { status: 404 })
        : await ctx.next();
    }
    if (req.method !== "GET" && req.method !== "HEAD") {
      return new Response("Method Not Allowed", { status: 405 });
    }
    const key = url.searchParams.get(CACHE_KEY);
    if (key !== null && key !== BUILD_ID) {
      url.searchParams.delete(CACHE_KEY);
      const location = url.pathname + url.search;
      return new Response(null, { status: 307, headers: { location } });
    }
    const encoding = encodingFor(req, file);
    const headers = new Headers({
      "Content-Type": file.contentType,
      vary: file.packed ? "If-None-Match, Accept-Encoding" : "If-None-Match",
    });
    const live = config.mode === "development";
    if (!live) {
      const etag = `W/"${file.hash}"`;
      const known = req.headers.get("if-none-match");
      if (known === etag || known === file.hash) {
        return new Response(null, { status: 304, headers });
      }
      headers.set("Etag", etag);
    }
    headers.set(
      "Cache-Control",
      !live && (file.immutable || key !== null)
        ? "public, max-age=31536000, immutable"
        : "no-cache, no-store, max-age=0, must-revalidate",
    );
    if (encoding !== null) headers.set("Content-Encoding", encoding);
    const content = (encoding && file.packed?.[encoding]) ?? file.content;
    if (content instanceof Uint8Array) {
      headers.set("Content-Length", String(content.byteLength));
      return new Response(req.method === "HEAD" ? null : content, { headers });
    }
    try {
      const { size } = await Deno.stat(content);
      headers.set("Content-Length", String(size));
      if (req.method === "HEAD") return new Response(null, { headers });
      return new Response((await Deno.open(content)).readable, { headers });
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return await ctx.next();
      throw error;
    }
  };
}

/** The smallest that the build made and the client takes. */
function encodingFor(req: Request, { packed }: StaticFile): Encoding | null {
  const accepted = req.headers.get("accept-encoding");
  if (!packed || !accepted) return null;
  const refused = /;\s*q=0(\.0*)?\s*$/;
  const names = accepted.split(",").filter((one) => !refused.test(one))
    .map((one) => one.split(";", 1)[0]?.trim());
  return ENCODINGS.find((one) => packed[one] && names.includes(one)) ?? null;
}

/** One form for each path, whatever of it came percent-encoded. */
function normalize(pathname: string): string {
  try {
    const parts = decodeURIComponent(pathname).split("/").filter(Boolean);
    return "/" + parts.map(encodeURIComponent).join("/");
  } catch {
    return "";
  }
}
