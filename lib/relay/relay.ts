/**
 * The forwarding service (the document's dev-nest): runs on the host whose address
 * WeCom trusts (60020), takes signed requests of the app, and sends those of its
 * list on. It holds no secret of WeCom's, keeps nothing, and logs no parameter.
 * One process: it alone knows which requests came already.
 */
import type { Secret } from "../config/secret.ts";
import type { Log } from "../http/log.ts";
import { ENDPOINTS, pathOf } from "../wecom/mod.ts";
import { bodyOf } from "./body.ts";
import { forward } from "./forward.ts";
import { createNonces } from "./nonces.ts";
import { createRate } from "./rate.ts";
import { AHEAD_MS, isSigned, type Refusal, verify } from "./signature.ts";

export interface RelayDeps {
  /** By which requests may be signed; two while the key is changed. */
  secrets: readonly Secret[];
  /** Origin of qyapi. */
  upstream: string;
  fetch: typeof fetch;
  now: () => number;
  log: Log;
}

/** WeCom allows an address 20,000 calls a minute and API (90312). */
const A_MINUTE = 20_000;
/** The app's own budget asks for far fewer at a time. */
const MOST_AT_ONCE = 200;

const LISTED = new Map(ENDPOINTS.map((one) => [pathOf(one), one.method]));

type Outcome =
  | { status: number; why: Refusal | Reason; retryAfter?: number }
  | Response;
type Reason =
  | "not_listed"
  | "query"
  | "too_large"
  | "late"
  | "replay"
  | "too_early"
  | "rate"
  | "busy"
  | "upstream";

export function createRelay(
  deps: RelayDeps,
): (request: Request) => Promise<Response> {
  const { secrets, now, log } = deps;
  const startedMs = now();
  const nonces = createNonces(now);
  const rate = createRate(A_MINUTE, now);
  let underWay = 0;

  /** Nothing that is not proved is read, counted or remembered. */
  async function take(request: Request, path: string): Promise<Outcome> {
    const { method, url, headers } = request;
    if (LISTED.get(path) !== method) return { status: 404, why: "not_listed" };
    // In an address they would be in everybody's log.
    if (new URL(url).search !== "") return { status: 400, why: "query" };
    const verdict = await verify(secrets, { method, url, headers });
    if (verdict.kind === "refused") return { status: 401, why: verdict.why };
    const { nonce, untilMs, createdMs } = verdict;
    if (createdMs > now() + AHEAD_MS) return { status: 401, why: "expired" };
    // What came before a restart is forgotten: it may have been sent on then.
    if (createdMs <= startedMs + AHEAD_MS) {
      return { status: 503, why: "too_early", retryAfter: 1 };
    }
    if (nonces.has(nonce)) return { status: 401, why: "replay" };
    if (underWay >= MOST_AT_ONCE) {
      return { status: 503, why: "busy", retryAfter: 1 };
    }
    if (!rate.take()) return { status: 429, why: "rate", retryAfter: 1 };
    if (!nonces.take(nonce, untilMs)) return { status: 401, why: "replay" };
    underWay++;
    try {
      return await sendOn(request, path, verdict);
    } finally {
      underWay--;
    }
  }

  async function sendOn(
    request: Request,
    path: string,
    { query, digest }: { query: string; digest: string },
  ): Promise<Outcome> {
    const body = await bodyOf(request);
    if (!(body instanceof Uint8Array)) return body;
    if (!isSigned(digest, body)) return { status: 401, why: "body" };
    const { method, headers, signal } = request;
    const contentType = headers.get("content-type");
    try {
      return await forward(
        deps,
        { method, path, query, body, contentType, signal },
      );
    } catch {
      // Its message may hold the address.
      return { status: 502, why: "upstream" };
    }
  }

  /** Whoever waits for it begins when requests are taken. */
  function health(): Response {
    // The app tells its time in whole seconds.
    const isUp = Math.floor(now() / 1_000) * 1_000 > startedMs + AHEAD_MS;
    return isUp
      ? Response.json({ status: "up" })
      : Response.json({ status: "starting" }, { status: 503 });
  }

  return async (request) => {
    const begun = now();
    const path = new URL(request.url).pathname;
    if (path === "/healthz") return health();
    const outcome = await take(request, path);
    const ms = now() - begun;
    if (outcome instanceof Response) {
      log("info", "relay.call", { path, status: outcome.status, ms });
      return outcome;
    }
    const { status, why, retryAfter } = outcome;
    // Only what is listed is repeated: anybody may write anything there.
    const known = LISTED.has(path) ? { path } : {};
    log("warn", "relay.refused", { ...known, status, why, ms });
    return Response.json({ error: why }, {
      status,
      headers: {
        "cache-control": "no-store",
        ...retryAfter && { "retry-after": String(retryAfter) },
      },
    });
  };
}
