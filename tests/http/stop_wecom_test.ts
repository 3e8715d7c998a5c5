/**
 * How the product ends while WeCom does not answer: streams and requests are told
 * to come again, a night is left for whoever goes on with it, and nothing holds
 * the process.
 */
import assert from "node:assert/strict";
import { createSealer, sealSession } from "../../lib/auth/session.ts";
import { readConfig } from "../../lib/config/mod.ts";
import { createRequests } from "../../lib/http/requests.ts";
import { silentLog } from "../../lib/http/log.ts";
import { createServices } from "../../lib/services.ts";
import { stop } from "../../lib/stop.ts";
import { withDatabase } from "../support/database.ts";
import type { Product } from "../support/product.ts";
import { endsSoon, ERP, isSoon, onDatabase } from "./stop_support.ts";

const KEY = "key-of-the-stop-test-0123456789abcdef";
const COMPANY = {
  WECOM_CORP_ID: "ww1",
  WECOM_AGENT_ID: "1000002",
  WECOM_SECRET: "s",
  SESSION_SECRET: `session-${KEY}`,
  DATA_KEY: KEY,
};
const PEOPLE = ["d1", "d2", "d3"];

interface Hanging {
  apiBase: string;
  /** Resolves when it is asked for this. */
  asked(endpoint: string): Promise<void>;
}

/** A WeCom that gives tokens, and never answers anything else. */
async function withHanging(fn: (wecom: Hanging) => Promise<void>) {
  const over = Promise.withResolvers<Response>();
  const waiting = new Map<string, () => void>();
  const server = Deno.serve({ port: 0, onListen() {} }, ({ url }) => {
    if (url.includes("/gettoken")) {
      return Response.json({ errcode: 0, access_token: "t", expires_in: 7200 });
    }
    for (const [endpoint, tell] of waiting) if (url.includes(endpoint)) tell();
    return over.promise;
  });
  try {
    await fn({
      apiBase: `http://127.0.0.1:${server.addr.port}`,
      asked: (endpoint) =>
        new Promise((resolve) => waiting.set(endpoint, resolve)),
    });
  } finally {
    over.resolve(new Response());
    await server.shutdown();
  }
}

async function pushStaff({ origin }: Product): Promise<void> {
  const response = await fetch(`${origin}/api/erp/staff`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${ERP}`,
    },
    body: JSON.stringify({
      staff: PEOPLE.map((id) => ({ wxUserId: id, name: id, role: "designer" })),
    }),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
}

/** Posts as a person who signed in. */
async function post(
  { origin }: Product,
  wxUserId: string,
  path: string,
  body: unknown,
): Promise<Response> {
  const env: Record<string, string> = { ...COMPANY, PUBLIC_ORIGIN: origin };
  const config = readConfig((name) => env[name]);
  const sealer = createSealer(config, Date.now);
  return await fetch(origin + path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      origin,
      cookie: `session=${await sealSession(sealer, { wxUserId }, Date.now)}`,
    },
    body: JSON.stringify(body),
  });
}

/** Comes back from WeCom's sign-in, whose code nobody looks up. */
async function signIn({ origin }: Product): Promise<Response> {
  const way = await fetch(`${origin}/auth/login`, { redirect: "manual" });
  await way.body?.cancel();
  const state = new URL(way.headers.get("location") ?? "").searchParams
    .get("state");
  const cookie = way.headers.getSetCookie().map((one) => one.split(";")[0]);
  return await fetch(`${origin}/auth/callback?code=c&state=${state}`, {
    redirect: "manual",
    headers: { cookie: cookie.join("; ") },
  });
}

for (const way of ["serve.ts", "deno serve"] as const) {
  Deno.test(`${way}: while WeCom hangs, streams and requests are told to come again`, () =>
    withHanging(({ apiBase, asked }) =>
      onDatabase(way, async (product) => {
        await pushStaff(product);
        const streams = await Promise.all(
          PEOPLE.map((id) => post(product, id, "/api/contacts/sync", {})),
        );
        const readers = streams.map((stream) => stream.body?.getReader());
        // They have begun, and say how many are before.
        const begun = await Promise.all(readers.map((one) => one?.read()));
        assert.ok(
          begun.every((one) => one?.value),
          "a stream that says nothing",
        );
        const isSigningIn = asked("getuserinfo");
        const asking = [
          post(product, "d1", "/api/runFlow", { flowId: "contacts.list" }),
          signIn(product),
        ];
        const ending = (async () => {
          // Who asked before has arrived as well.
          await isSigningIn;
          await endsSoon(product);
        })();
        const lines = readers.map(async (reader) => {
          let text = "";
          for (let part; !(part = await reader?.read())?.done;) {
            text += new TextDecoder().decode(part?.value);
          }
          return text.trim().split("\n").at(-1) ?? "";
        });
        for (const line of await Promise.all(lines)) {
          assert.match(line, /"error":"WECOM_UNAVAILABLE".*服务正在重启/);
        }
        for (const answer of await Promise.all(asking)) {
          assert.equal(answer.status, 503);
          assert.ok(answer.headers.get("retry-after"));
          await answer.body?.cancel();
        }
        await ending;
        assert.match(product.text(), /"stop.done"/);
      }, { ...COMPANY, WECOM_API_BASE: apiBase })
    ));
}

Deno.test("A night that WeCom hangs in is left to whoever goes on with it", () =>
  withDatabase(async ({ sql, url }) => {
    const dataDir = await Deno.makeTempDir();
    const env: Record<string, string> = {
      ...COMPANY,
      PUBLIC_ORIGIN: "http://localhost:8000",
      DATABASE_URL: url,
      DATA_DIR: dataDir,
      KV_PATH: ":memory:",
    };
    const isAtIt = Promise.withResolvers<void>();
    // It does not even listen when a call is given up.
    const hanging = (input: string | URL | Request) => {
      if (String(input).includes("/gettoken")) {
        const token = { errcode: 0, access_token: "t", expires_in: 7_200 };
        return Promise.resolve(Response.json(token));
      }
      isAtIt.resolve();
      return new Promise<Response>(() => {});
    };
    const config = readConfig((name) => env[name]);
    const services = await createServices(config, {
      log: silentLog,
      fetch: hanging as typeof fetch,
    });
    await sql`
      insert into staff (wx_user_id, name, role, updated_at)
      values ('d1', 'd1', 'designer', now())`;
    const night = services.reconciler.run("demand");
    const read = services.contactSync.refresh("d1").catch((error) => error);
    await isAtIt.promise;
    const begun = performance.now();
    await stop({
      requests: createRequests(),
      services: () => Promise.resolve(services),
      log: silentLog,
      exit: () => assert.fail("it ends by itself"),
    });
    const ms = performance.now() - begun;
    assert.ok(isSoon(ms), `${ms} ms`);
    assert.equal((await night)?.state, "cut");
    assert.match((await read).message, /服务正在重启/);
    const runs = await sql`select state from reconcile_run`;
    assert.deepEqual(runs.map(({ state }) => state), ["cut"]);
    await Deno.remove(dataDir, { recursive: true });
  }));
