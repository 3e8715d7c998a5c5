/**
 * Sends a request that was proved to WeCom, from the address that WeCom trusts
 * (60020 otherwise). Only here do the parameters stand in an address again, so
 * this call is in no trace. Redirects are not followed: they would carry the
 * secret elsewhere.
 */
import { unrecorded } from "../telemetry/trace.ts";

/** The app gives up after 6 s; a cut one ends here by its signal. */
const PATIENCE_MS = 15_000;
const MOST_BYTES = 16 * 1024 * 1024;

export interface Forwarded {
  method: string;
  path: string;
  query: string;
  body: Uint8Array<ArrayBuffer>;
  contentType: string | null;
  signal: AbortSignal;
}

export interface ForwardDeps {
  upstream: string;
  fetch: typeof globalThis.fetch;
}

/** The answer's status, type and body, streamed; throws when WeCom gives none. */
export async function forward(
  { upstream, fetch }: ForwardDeps,
  { method, path, query, body, contentType, signal }: Forwarded,
): Promise<Response> {
  const url = `${upstream}${path}${query === "" ? "" : `?${query}`}`;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const response = await unrecorded(() =>
    fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.any([signal, patience]),
      ...method !== "GET" && { body },
      ...contentType && { headers: { "content-type": contentType } },
    })
  );
  const headers = new Headers({ "cache-control": "no-store" });
  const type = response.headers.get("content-type");
  if (type) headers.set("content-type", type);
  const { status } = response;
  // A redirect tells an address, which is nobody's to know.
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    return new Response(null, { status: 502, headers });
  }
  const capped = response.body?.pipeThrough(cap(MOST_BYTES)) ?? null;
  return new Response(capped, { status, headers });
}

/** Fails a stream that is longer: it is cut, and so not taken for whole. */
function cap(most: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > most) {
        controller.error(new Error(`Answer is larger than ${most} bytes`));
      } else controller.enqueue(chunk);
    },
  });
}
