/**
 * A WeCom of a few lines for the client's tests: an answer for each endpoint, every request recorded, a
 * clock that moves only when somebody sleeps, and timers that fire only when a test says so.
 */
import { Secret } from "../../lib/config/secret.ts";
import type { LogLevel } from "../../lib/http/log.ts";
import type { CacheStore } from "../../lib/store/cache.ts";
import { createKvCache } from "../../lib/store/cache_kv.ts";
import {
  createWecomClient,
  type WecomClientDeps,
} from "../../lib/wecom/mod.ts";

export const SECRET = "Xk3-secret_of_the_app_0123456789abcdefghijk";
export const START = Date.UTC(2026, 10, 22, 4);

export interface Asked {
  name: string;
  url: URL;
  body: unknown;
  signal: AbortSignal | null;
}

type Reply = object | string | Response | Promise<Response> | Error;
export type Answer = (asked: Asked, nth: number) => Reply;

export const ok = (fields: object = {}) => ({
  errcode: 0,
  errmsg: "ok",
  ...fields,
});
export const refuse = (errcode: number, errmsg = "refused") => ({
  errcode,
  errmsg,
});

/** Answers each new token with a number, `token-1` first. */
export const numberedTokens: Answer = (_, nth) =>
  ok({ access_token: `token-${nth}`, expires_in: 7200 });

export function fakeWecom(answers: Record<string, Answer>) {
  const asked: Asked[] = [];
  const count = (name: string) => asked.filter((a) => a.name === name).length;
  const table: Record<string, Answer> = {
    gettoken: numberedTokens,
    ...answers,
  };

  async function fetch(
    input: string | URL | Request,
    init?: RequestInit,
  ): Promise<Response> {
    const url = new URL(String(input));
    const name = url.pathname.replace("/cgi-bin/", "");
    const body = typeof init?.body === "string" ? JSON.parse(init.body) : null;
    const entry = { name, url, body, signal: init?.signal ?? null };
    asked.push(entry);
    const answer = table[name];
    if (answer === undefined) return new Response(null, { status: 404 });
    const reply = await answer(entry, count(name));
    if (reply instanceof Error) throw reply;
    if (reply instanceof Response) return reply;
    return new Response(
      typeof reply === "string" ? reply : JSON.stringify(reply),
    );
  }
  return { fetch: fetch as typeof globalThis.fetch, asked, count };
}

/** Sleeping moves the time on at once; timers wait for `fire`. */
export function fakeClock(start = START) {
  let time = start;
  const slept: number[] = [];
  const timers = new Map<() => void, number>();
  return {
    now: () => time,
    advance: (ms: number) => void (time += ms),
    slept,
    sleep(ms: number) {
      slept.push(ms);
      time += ms;
      return Promise.resolve();
    },
    startTimer(ms: number, fire: () => void) {
      timers.set(fire, ms);
      return () => void timers.delete(fire);
    },
    /** Fires what was set for exactly this long; answers how many did. */
    fire(ms: number) {
      const due = [...timers].filter(([, set]) => set === ms).map(([fire]) =>
        fire
      );
      for (const fire of due) {
        timers.delete(fire);
        fire();
      }
      return due.length;
    },
    pending: () => timers.size,
  };
}

export type Clock = ReturnType<typeof fakeClock>;

export async function memoryCache(clock: { now(): number }) {
  const kv = await Deno.openKv(":memory:");
  const sleep = () => Promise.resolve();
  return {
    cache: createKvCache({ kv, now: clock.now, random: Math.random, sleep }),
    [Symbol.dispose]: () => kv.close(),
  };
}

export interface Logged {
  level: LogLevel;
  event: string;
  fields: Record<string, unknown>;
}

export function clientWith(
  wecom: { fetch: typeof fetch },
  clock: Clock,
  cache: CacheStore,
  more: Partial<WecomClientDeps> = {},
) {
  const logged: Logged[] = [];
  const client = createWecomClient({
    corpId: "ww0123456789abcdef",
    agentId: "1000002",
    secret: new Secret(SECRET),
    apiBase: "https://qyapi.test",
    fetch: wecom.fetch,
    now: clock.now,
    random: Math.random,
    sleep: clock.sleep,
    startTimer: clock.startTimer,
    log: (level, event, fields = {}) =>
      void logged.push({ level, event, fields }),
    cache,
    ...more,
  });
  return Object.assign(client, { logged });
}

/** Lets everything that is ready run, without waiting for time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise<void>((done) => setTimeout(done, 0));
  }
}
