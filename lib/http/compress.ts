/**
 * Compresses texts: neither Fresh nor `Deno.serve` does by default, and the
 * H5 page is opened on mobile networks. Brotli where the client takes it, else
 * gzip. Assets that never change are compressed once, at the best quality.
 * Streams (progress lines) pass as they are.
 */
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Middleware } from "fresh";
import type { State } from "./state.ts";

const WORTH_IT = 600;
const TEXT =
  /^(text\/(html|css|javascript|plain)|application\/(javascript|json)|image\/svg\+xml)/;
/** Chunks of one build are few; this only keeps a mistake from growing. */
const MOST_KEPT = 64;

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

export function compress(): Middleware<State> {
  const kept = new Map<string, Uint8Array<ArrayBuffer>>();
  return async function compress(ctx) {
    const response = await ctx.next();
    const encoding = pick(ctx.req.headers.get("accept-encoding") ?? "");
    const { headers, status, statusText } = response;
    const type = headers.get("content-type") ?? "";
    if (
      !TEXT.test(type) || headers.has("content-encoding") ||
      ctx.req.method === "HEAD" || !response.body || status === 206
    ) return response;
    const changed = new Headers(headers);
    changed.append("vary", "Accept-Encoding");
    const body = new Uint8Array(await response.arrayBuffer());
    if (encoding === null || body.byteLength < WORTH_IT) {
      return new Response(body, { status, statusText, headers: changed });
    }
    const immutable = headers.get("cache-control")?.includes("immutable");
    const key = `${encoding} ${ctx.url.pathname}${ctx.url.search}`;
    const known = immutable ? kept.get(key) : undefined;
    const small = known ?? await squeeze(body, encoding, immutable === true);
    if (immutable && !known && kept.size < MOST_KEPT) kept.set(key, small);
    changed.set("content-encoding", encoding);
    changed.delete("content-length");
    // The bytes differ from those the tag was made of.
    const tag = changed.get("etag");
    if (tag && !tag.startsWith("W/")) changed.set("etag", `W/${tag}`);
    return new Response(small, { status, statusText, headers: changed });
  };
}

function pick(accepted: string): "br" | "gzip" | null {
  if (/\bbr\b(?!\s*;\s*q=0(\.0*)?\b)/.test(accepted)) return "br";
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\b)/.test(accepted) ? "gzip" : null;
}

async function squeeze(
  body: Uint8Array,
  encoding: "br" | "gzip",
  best: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === "gzip") {
    return new Uint8Array(await toGzip(body, { level: best ? 9 : 6 }));
  }
  const quality = best ? 11 : 5;
  const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
  return new Uint8Array(await toBrotli(body, { params }));
}
