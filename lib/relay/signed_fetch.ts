/**
 * The app's side of the relay: a `fetch` that takes WeCom's parameters out of the
 * address, signs the request, and sends them in a header.
 */
import type { Secret } from "../config/secret.ts";
import { sign } from "./signature.ts";

/** For addresses and texts as the WeCom client makes them; each try is signed anew. */
export function createSignedFetch(
  { fetch, secret, now }: {
    fetch: typeof globalThis.fetch;
    secret: Secret;
    now: () => number;
  },
): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const query = url.search.slice(1);
    url.search = "";
    const { method = "GET", body, headers } = init;
    const text = typeof body === "string" ? body : "";
    const parts = { method, url: url.href, query };
    const signed = await sign(
      secret,
      { ...parts, body: new TextEncoder().encode(text) },
      now(),
    );
    const all = new Headers(headers);
    for (const [name, value] of Object.entries(signed)) all.set(name, value);
    return await fetch(url, { ...init, headers: all });
  };
}
