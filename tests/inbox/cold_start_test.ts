/** Pushes that come before the process could open its database. */
import assert from "node:assert/strict";
import { type Config, readConfig } from "../../lib/config/mod.ts";
import { createColdStart } from "../../lib/inbox/cold_start.ts";
import { HOLD_MS } from "../../lib/inbox/hold.ts";
import { createCallbackCrypto } from "../../lib/wecom/callback/crypto.ts";
import { createTimers } from "./timers.ts";

const START = 1795147200_000;
const ADDRESS = "https://app.example.com/api/wecom/callback";

const env: Record<string, string> = {
  SANDBOX: "1",
  WECOM_CALLBACK_TOKEN: "sandboxCallbackToken",
  WECOM_CALLBACK_AES_KEY: "c2FuZGJveC1jYWxsYmFjay1rZXktb2Ytbm9ib2R5MTI",
};
const config: Config = readConfig((name) => env[name]);

function push(token?: string): Request {
  const { callback, corpId } = config.wecom;
  assert.ok(callback);
  const { signature, timestamp, encrypt } = createCallbackCrypto({
    ...callback,
    receiveId: corpId,
  }).seal("<xml></xml>", { timestamp: "1", nonce: token ?? "n" });
  const query = new URLSearchParams({
    msg_signature: signature,
    timestamp,
    nonce: "n",
  });
  const body = `<xml><Encrypt>${encrypt}</Encrypt></xml>`;
  return new Request(`${ADDRESS}?${query}`, { method: "POST", body });
}

const away = () =>
  Object.assign(new Error("refused"), { code: "ECONNREFUSED" });

function scene(error: () => Error = away) {
  const timers = createTimers(START);
  const stopping = new AbortController();
  const database = { isAway: true, asked: 0 };
  const provide = createColdStart({
    make() {
      database.asked++;
      return database.isAway
        ? Promise.reject(error())
        : Promise.resolve("services");
    },
    config: () => config,
    stopped: stopping.signal,
    ...timers,
  });
  const ask = (request: Request) => {
    const answer: { is: string | null } = { is: null };
    void provide(request).then(
      (made) => answer.is = made,
      (cause) => answer.is = cause.message,
    );
    return answer;
  };
  return { timers, database, ask, stop: () => stopping.abort() };
}

Deno.test("a push that comes before the database is there is stored when it comes back in time", async () => {
  const { timers, database, ask } = scene();
  const answer = ask(push());
  await timers.pass(2_000);
  assert.equal(answer.is, null);
  database.isAway = false;
  await timers.pass(600);
  assert.equal(answer.is, "services");
});

Deno.test("one that cannot be stored in time is kept open until WeCom has given it up", async () => {
  const { timers, database, ask } = scene();
  const answer = ask(push());
  await timers.pass(HOLD_MS - 500);
  assert.equal(answer.is, null);
  assert.ok(database.asked <= 12, `${database.asked} tries`);
  await timers.pass(1_000);
  assert.equal(answer.is, "refused");
});

Deno.test("at a stop it is answered at once", async () => {
  const { timers, ask, stop } = scene();
  const answer = ask(push());
  await timers.pass(1_000);
  stop();
  await timers.pass(0);
  assert.equal(answer.is, "refused");
});

const OTHERS: [name: string, request: () => Request, error?: () => Error][] = [
  ["forged", () => push("another")],
  ["no envelope", () => new Request(ADDRESS, { method: "POST", body: "x" })],
  ["a check of the address", () => new Request(ADDRESS)],
  ["a page", () => new Request("https://app.example.com/")],
  [
    "for another address",
    () => new Request("https://app.example.com/api/run", { method: "POST" }),
  ],
  ["a push, and it is no outage", () => push(), () => new Error("refused")],
];

for (const [name, request, error] of OTHERS) {
  Deno.test(`what is ${name} is answered at once`, async () => {
    const { timers, database, ask } = scene(error);
    const answer = ask(request());
    await timers.pass(0);
    assert.equal(answer.is, "refused");
    assert.equal(database.asked, 1);
  });
}
