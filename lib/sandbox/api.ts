/**
 * qyapi's door: routing, tokens, faults and the shape of answers. Errors are
 * HTTP 200 with errcode and the endpoint's empty fields; an unknown path is
 * HTTP 404 with an empty body; the token is read from the query and nowhere
 * else (41001); a wrong method is 40058 (observed by others, see 91039, 90313).
 */
import { authEndpoints } from "./api_auth.ts";
import { chatEndpoints } from "./api_chats.ts";
import { contactEndpoints } from "./api_contacts.ts";
import { messageEndpoints } from "./api_messages.ts";
import { statisticEndpoints } from "./api_statistics.ts";
import { tagEndpoints } from "./api_tags.ts";
import { wayEndpoints } from "./api_ways.ts";
import type { Endpoint, Identity } from "./context.ts";
import { QyError, wireMessage } from "./errors.ts";
import type { FaultKind } from "./faults.ts";
import { makeOdd, oddJson } from "./oddities.ts";
import type { Body } from "./params.ts";
import { spellBody, spellQuery } from "./spelling.ts";
import type { World } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

/** The address that 60020 names as the caller's (TEST-NET-3, belongs to nobody). */
export const CALLER_IP = "203.0.113.7";

const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map(Object.entries({
  ...authEndpoints,
  ...contactEndpoints,
  ...chatEndpoints,
  ...wayEndpoints,
  ...messageEndpoints,
  ...tagEndpoints,
  ...statisticEndpoints,
}));

export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** Waits; rejects with the signal's reason when the caller gives up. */
export const realSleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const giveUp = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    }, ms);
    signal.addEventListener("abort", giveUp, { once: true });
  });

export function createApi(
  world: World,
  identity: Identity,
  sleep: Sleep,
): (request: Request) => Promise<Response> {
  const running = new Map<string, number>();

  async function answer(
    request: Request,
    name: string,
    endpoint: Endpoint,
  ): Promise<Body> {
    const now = world.now();
    const url = new URL(request.url);
    try {
      if (request.method !== endpoint.method) {
        throw new QyError(CODE.PARAMETER_INVALID);
      }
      if (endpoint.token !== false) {
        const token = url.searchParams.get("access_token");
        if (!token) throw new QyError(CODE.TOKEN_MISSING);
        world.tokens.checkToken(token, now);
      }
      if (!world.calls.admit(name, now)) throw new QyError(CODE.RATE_LIMITED);
      if ((running.get(name) ?? 0) > world.settings.maxConcurrent) {
        throw new QyError(CODE.TOO_MANY_PARALLEL);
      }
      const body = endpoint.method === "POST" ? await readJson(request) : {};
      const context = {
        world,
        identity,
        query: spellQuery(world.state, url.searchParams),
        body: spellBody(world.state, body),
        now: world.now(),
      };
      return { errcode: 0, errmsg: "ok", ...endpoint.run(context) };
    } catch (error) {
      if (!(error instanceof QyError)) throw error;
      return failure(error, endpoint, now);
    }
  }

  async function handle(
    request: Request,
    name: string,
    endpoint: Endpoint,
  ): Promise<Response> {
    const at = world.now();
    const record = (errcode: number, status: number) =>
      world.calls.record({ at, endpoint: name, errcode, status });
    const spoil = async (kind: FaultKind): Promise<Response | null> => {
      if (kind.type === "slow") {
        await sleep(kind.ms, request.signal);
        return null;
      }
      record(
        kind.type === "errcode" ? kind.errcode : -2,
        kind.type === "http" ? kind.status : 200,
      );
      if (kind.type === "errcode") {
        return json(failure(new QyError(kind.errcode), endpoint, at));
      }
      if (kind.type === "hang") return await hang(request.signal);
      return broken(kind);
    };

    if (world.settings.latencyMs > 0) {
      await sleep(world.settings.latencyMs, request.signal);
    }
    if (world.settings.down) {
      record(-2, 502);
      return new Response("", { status: 502 });
    }
    const fault = world.faults.draw(name);
    if (fault?.phase === "before" && fault.kind.type !== "odd") {
      const spoilt = await spoil(fault.kind);
      if (spoilt) return spoilt;
    }
    const body = await answer(request, name, endpoint);
    if (fault?.kind.type === "odd") makeOdd(fault.kind.oddity, name, body);
    else if (fault?.phase === "after") {
      const spoilt = await spoil(fault.kind);
      if (spoilt) return spoilt;
    }
    record(Number(body["errcode"]), 200);
    return json(body);
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    const name = pathname.startsWith("/cgi-bin/")
      ? pathname.slice("/cgi-bin/".length)
      : "";
    const endpoint = ENDPOINTS.get(name);
    if (!endpoint) {
      await request.body?.cancel();
      world.calls.record({
        at: world.now(),
        endpoint: name.slice(0, 80),
        errcode: -2,
        status: 404,
      });
      return new Response(null, { status: 404 });
    }
    running.set(name, (running.get(name) ?? 0) + 1);
    try {
      return await handle(request, name, endpoint);
    } finally {
      running.set(name, (running.get(name) ?? 1) - 1);
      if (request.body && !request.bodyUsed) {
        await request.body.cancel().catch(() => {});
      }
    }
  };
}

async function readJson(request: Request): Promise<Body> {
  const text = await request.text();
  if (text === "") throw new QyError(CODE.CONTENT_EMPTY, "empty post data");
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return value as Body;
    }
  } catch {
    // answered below, like any body that is no object
  }
  throw new QyError(CODE.DATA_FORMAT);
}

function failure(error: QyError, endpoint: Endpoint, now: number): Body {
  const hint = `${Math.floor(now / 1000)}_1_${
    (now % 0xFFFFFF).toString(16).padStart(8, "0")
  }`;
  return {
    errcode: error.errcode,
    errmsg: wireMessage(error, hint, CALLER_IP),
    ...endpoint.empty,
  };
}

function json(body: Body): Response {
  return new Response(oddJson(body), {
    headers: {
      "content-type": "application/json; charset=UTF-8",
      "error-code": String(body["errcode"]),
    },
  });
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}

function broken(kind: FaultKind): Response {
  switch (kind.type) {
    case "http":
      return new Response("", { status: kind.status });
    case "close": {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode('{"errcode":0,'));
        },
        pull(controller) {
          controller.error(
            new TypeError("connection closed before message completed"),
          );
        },
      });
      return new Response(body, {
        headers: { "content-type": "application/json" },
      });
    }
    default:
      return new Response("<html><body>502 Bad Gateway</body></html>", {
        headers: { "content-type": "text/html" },
      });
  }
}
