/**
 * Compresses texts on their way out: neither Fresh nor `Deno.serve` does by
 * default, and the H5 page is opened on mobile networks. Always gzip, at once: a
 * page is 4 KB, for which Brotli takes three times as long and saves 100 bytes,
 * and Node's asynchronous calls run on the same thread in Deno. Files of the
 * build come compressed already; streams (progress lines) pass as they are.
 */
import { gzipSync } from "node:zlib";
import type { Middleware } from "fresh";
import type { State } from "./state.ts";

const WORTH_IT = 600;
/** Without a body, or with a part of one. */
const NOT_WHOLE = new Set([101, 204, 205, 206, 304]);
const TEXT =
  /^(text\/(html|css|javascript|plain)|application\/(javascript|json)|image\/svg\+xml)/;
/** Half the time of the default, and some bytes more; 1 costs a fifth of them. */
const FAST = { level: 2 };
const TAKES_GZIP = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\b)/;

export function compress(): Middleware<State> {
  return async function compress(ctx) {
    const response = await ctx.next();
    const { headers, status, statusText } = response;
    if (
      ctx.req.method === "HEAD" || NOT_WHOLE.has(status) ||
      headers.has("content-encoding") ||
      !TEXT.test(headers.get("content-type") ?? "")
    ) return response;
    const accepted = ctx.req.headers.get("accept-encoding") ?? "";
    if (!TAKES_GZIP.test(accepted)) return varied(response);
    // Whoever looks at `body` makes a stream of it, which costs more than the rest.
    const plain = new Uint8Array(await response.arrayBuffer());
    const init = { status, statusText, headers };
    const answer = (content: Uint8Array<ArrayBuffer>) =>
      varied(new Response(content, init));
    if (plain.byteLength < WORTH_IT) return answer(plain);
    const made = answer(new Uint8Array(gzipSync(plain, FAST)));
    made.headers.set("content-encoding", "gzip");
    made.headers.delete("content-length");
    // The bytes differ from those the tag was made of.
    const tag = made.headers.get("etag");
    if (tag && !tag.startsWith("W/")) made.headers.set("etag", `W/${tag}`);
    return made;
  };
}

/** For caches: another client may get it compressed. */
function varied(response: Response): Response {
  try {
    response.headers.append("vary", "Accept-Encoding");
    return response;
  } catch {
    // They are read-only; those of a new answer are not.
    const changed = new Response(response.body, response);
    changed.headers.append("vary", "Accept-Encoding");
    return changed;
  }
}
