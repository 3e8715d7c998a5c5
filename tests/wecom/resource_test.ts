/**
 * Token and tickets under load, failure and rotation: as few requests as possible, never an old value
 * in place of a fresh one, never a loop on a wrong secret, and no harm from a broken cache.
 */
import assert from "node:assert/strict";
import type { CacheStore } from "../../lib/store/cache.ts";
import { limitNow } from "../../lib/store/deadline.ts";
import type { Budget } from "../../lib/wecom/budget.ts";
import { getFollowUserList, WecomError } from "../../lib/wecom/mod.ts";
import {
  type Answer,
  clientWith,
  fakeClock,
  fakeWecom,
  memoryCache,
  numberedTokens,
  ok,
  refuse,
  settle,
} from "./support.ts";

const LIST = "externalcontact/get_follow_user_list";
const MINUTE = 60_000;

/** Accepts the tokens for which `valid` says so. */
function guarded(valid: (token: string) => boolean, errcode = 42001): Answer {
  return ({ url }) =>
    valid(url.searchParams.get("access_token") ?? "")
      ? ok({ follow_user: ["u1"] })
      : refuse(errcode);
}

async function setup(answers: Record<string, Answer> = {}) {
  const clock = fakeClock();
  const store = await memoryCache(clock);
  const wecom = fakeWecom({ [LIST]: guarded(() => true), ...answers });
  const client = (cache: CacheStore = store.cache, more = {}) =>
    clientWith(wecom, clock, cache, more);
  const tokens = () => wecom.count("gettoken");
  return {
    clock,
    wecom,
    client,
    tokens,
    store,
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

const ask = (client: ReturnType<typeof clientWith>) =>
  client.call(getFollowUserList, undefined);
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    (error) => error instanceof WecomError ? error.errcode : error,
  );

Deno.test("1,000 calls at once of four clients, cold, ask for one token", async () => {
  using world = await setup();
  // Nobody stands in line here: a process may begin so many in seconds only.
  const budget: Budget = {
    run: (_api, _asking, work) => work(),
    refused() {},
    close: () => Promise.resolve(),
  };
  const clients = Array.from(
    { length: 4 },
    () => world.client(undefined, { budget }),
  );
  const calls = clients.flatMap((c) =>
    Array.from({ length: 250 }, () => ask(c))
  );
  assert.equal((await Promise.all(calls)).length, 1000);
  assert.equal(world.tokens(), 1);
});

Deno.test("a client that starts later takes the token that is there", async () => {
  using world = await setup();
  await ask(world.client());
  await ask(world.client());
  assert.equal(world.tokens(), 1);
});

for (const errcode of [40014, 42001]) {
  Deno.test(`40 calls at once that all meet ${errcode} ask for one new token`, async () => {
    using world = await setup({
      [LIST]: guarded((token) => token !== "token-1", errcode),
    });
    const client = world.client();
    await client.ready();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => ask(client)),
    );
    assert.equal(answers.length, 40);
    assert.equal(world.tokens(), 2);
  });
}

Deno.test("a token that is refused while it is being stored fails nobody", async () => {
  using world = await setup({
    [LIST]: guarded((token) => token !== "token-1"),
  });
  const [storing, stored] = [
    Promise.withResolvers<void>(),
    Promise.withResolvers<void>(),
  ];
  const slow: CacheStore = {
    ...world.store.cache,
    async set(...entry) {
      storing.resolve();
      await stored.promise;
      await world.store.cache.set(...entry);
    },
  };
  const client = world.client(slow);
  const first = ask(client);
  await storing.promise;
  const second = ask(client);
  await settle();
  stored.resolve();
  assert.deepEqual(await Promise.all([codeOf(first), codeOf(second)]), [
    "ok",
    "ok",
  ]);
});

Deno.test("a late failure does not evict the fresh token, here or in another process", async () => {
  const late = Promise.withResolvers<void>();
  using world = await setup({
    [LIST]: async ({ url }, nth) => {
      if (nth === 1) await late.promise;
      const stale = url.searchParams.get("access_token") === "token-1";
      return Response.json(stale ? refuse(42001) : ok({ follow_user: [] }));
    },
  });
  const [one, two] = [world.client(), world.client()];
  await Promise.all([one.ready(), two.ready()]);
  const slow = ask(one);
  await settle();
  await ask(one);
  await ask(two);
  assert.equal(
    world.tokens(),
    2,
    "the second client found the first one's new token",
  );
  late.resolve();
  await slow;
  assert.equal(world.tokens(), 2);
  assert.match((await world.store.cache.get(KEY))?.value ?? "", /token-2/);
});

const KEY = "wecom/ww0123456789abcdef/1000002/access_token";

Deno.test("a token that is refused twice is tried once more, not for ever", async () => {
  using world = await setup({ [LIST]: guarded(() => false) });
  assert.equal(await codeOf(ask(world.client())), 42001);
  assert.equal(world.tokens(), 2);
  assert.equal(world.wecom.count(LIST), 2);
});

Deno.test("the same text issued again counts as a new token", async () => {
  let good = false;
  using world = await setup({
    gettoken: () => ok({ access_token: "same", expires_in: 7200 }),
    [LIST]: (_, nth) => nth === 1 ? refuse(42001) : (good = true, ok({})),
  });
  await ask(world.client());
  assert.ok(good);
  assert.equal(world.tokens(), 2);
});

Deno.test("a token is renewed 300 s before its end, by one call, while others go on", async () => {
  const gate = Promise.withResolvers<void>();
  using world = await setup({
    gettoken: async (asked, nth) => {
      if (nth === 2) await gate.promise;
      return Response.json(await numberedTokens(asked, nth));
    },
  });
  const client = world.client();
  await ask(client);
  world.clock.advance(7200_000 - 301_000);
  await ask(client);
  assert.equal(world.tokens(), 1);
  world.clock.advance(2_000);
  const first = ask(client);
  await settle();
  await ask(client);
  assert.equal(
    world.wecom.asked.at(-1)?.url.searchParams.get("access_token"),
    "token-1",
  );
  gate.resolve();
  await first;
  assert.equal(world.tokens(), 2);
  assert.equal(
    world.wecom.asked.at(-1)?.url.searchParams.get("access_token"),
    "token-2",
  );
});

Deno.test("a short life is renewed in its last tenth", async () => {
  using world = await setup({
    gettoken: (_, nth) => ok({ access_token: `t-${nth}`, expires_in: 100 }),
  });
  const client = world.client();
  await ask(client);
  world.clock.advance(89_000);
  await ask(client);
  assert.equal(world.tokens(), 1);
  world.clock.advance(2_000);
  await ask(client);
  assert.equal(world.tokens(), 2);
});

Deno.test("while the old token is good, a failing refresh is neither felt nor hammered", async () => {
  let down = false;
  using world = await setup({
    gettoken: (asked, nth) =>
      down ? new Response(null, { status: 404 }) : numberedTokens(asked, nth),
  });
  const client = world.client();
  await ask(client);
  down = true;
  world.clock.advance(7200_000 - 4 * MINUTE);
  for (let i = 0; i < 20; i++) await ask(client);
  assert.equal(world.tokens(), 2, "one try, then a pause");
  world.clock.advance(11_000);
  await ask(client);
  assert.equal(world.tokens(), 3);
  world.clock.advance(4 * MINUTE);
  assert.ok(
    await ask(client).catch(() => true),
    "no longer valid: the failure shows",
  );
  down = false;
  world.clock.advance(MINUTE);
  await ask(client);
});

Deno.test("a clock that is set back after a failure does not prolong the pause", async () => {
  let down = true;
  using world = await setup({
    gettoken: (asked, nth) =>
      down ? new Response(null, { status: 404 }) : numberedTokens(asked, nth),
  });
  const client = world.client();
  for (let n = 0; n < 3; n++) {
    await assert.rejects(ask(client));
    world.clock.advance(5_000);
  }
  down = false;
  world.clock.advance(-60 * MINUTE);
  await ask(client);
});

Deno.test("a wrong secret stops at once and is asked about ever more rarely", async () => {
  using world = await setup({
    gettoken: () => refuse(40001, "invalid credential"),
  });
  const client = world.client();
  const burst = await Promise.all(
    Array.from({ length: 50 }, () => codeOf(ask(client))),
  );
  assert.deepEqual([...new Set(burst)], [40001]);
  assert.equal(world.tokens(), 1);
  // 0, 1, 3, 7 … seconds: a try a second for an hour would be 3,600 and a banned address.
  const tries: number[] = [];
  for (let second = 0; second < 3600; second++) {
    const before = world.tokens();
    assert.equal(await codeOf(ask(client)), 40001);
    if (world.tokens() > before) tries.push(second);
    world.clock.advance(1_000);
  }
  assert.deepEqual(tries.slice(0, 6), [0, 1, 4, 11, 26, 57]);
  const gaps = tries.map((t, i) => t - (tries[i - 1] ?? 0));
  assert.equal(Math.max(...gaps), 600);
  assert.ok(tries.length < 16, String(tries.length));
  assert.equal(world.wecom.count(LIST), 0);
});

Deno.test("a business call that says 40001 does not fetch a new token", async () => {
  using world = await setup({ [LIST]: guarded(() => false, 40001) });
  assert.equal(await codeOf(ask(world.client())), 40001);
  assert.equal(world.tokens(), 1);
});

Deno.test("one moment of trouble is over as soon as it is over", async () => {
  using world = await setup({
    gettoken: (asked, nth) =>
      nth === 1 ? refuse(60020) : numberedTokens(asked, nth),
  });
  const client = world.client();
  assert.equal(await codeOf(ask(client)), 60020);
  assert.equal(await codeOf(ask(client)), "ok");
});

Deno.test("a refresher that died is replaced when its lease is over", async () => {
  using world = await setup();
  assert.ok(await world.store.cache.acquire(KEY, 6_000));
  const before = world.clock.now();
  await ask(world.client());
  const waited = world.clock.now() - before;
  assert.ok(waited >= 6_000 && waited <= 6_500, String(waited));
  assert.equal(world.tokens(), 1);
});

Deno.test("a refresh that hangs frees its lease in time for the others", async () => {
  using world = await setup({
    gettoken: (asked, nth) =>
      nth === 1 ? new Promise<Response>(() => {}) : numberedTokens(asked, nth),
  });
  const [one, two] = [world.client(), world.client()];
  const stuck = codeOf(ask(one));
  await settle();
  assert.equal(world.clock.fire(5_000), 1);
  assert.equal(await stuck, null);
  assert.equal(await codeOf(ask(two)), "ok");
});

Deno.test("one impatient caller does not spoil the refresh for the others", async () => {
  const gate = Promise.withResolvers<void>();
  using world = await setup({
    gettoken: async (asked, nth) => {
      await gate.promise;
      return Response.json(await numberedTokens(asked, nth));
    },
  });
  const client = world.client();
  const controller = new AbortController();
  const { signal } = controller;
  const impatient = codeOf(
    client.call(getFollowUserList, undefined, { signal }),
  );
  const patient = codeOf(ask(client));
  await settle();
  controller.abort();
  assert.equal(await impatient, null);
  gate.resolve();
  assert.equal(await patient, "ok");
  assert.equal(world.tokens(), 1);
});

const brokenCache: CacheStore = {
  get: () => Promise.reject(new Error("cache is down")),
  set: () => Promise.reject(new Error("cache is down")),
  deleteIf: () => Promise.reject(new Error("cache is down")),
  acquire: () => Promise.reject(new Error("cache is down")),
  swap: () => Promise.reject(new Error("cache is down")),
  hit: () => Promise.reject(new Error("cache is down")),
};

Deno.test("a broken cache costs a token call per process, and no request", async () => {
  using world = await setup({
    [LIST]: guarded((token) => token !== "token-1"),
  });
  const client = world.client(brokenCache);
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => codeOf(ask(client))),
  );
  assert.deepEqual([...new Set(answers)], ["ok"]);
  assert.equal(world.tokens(), 2);
  assert.ok(
    client.logged.some((l) =>
      l.event === "wecom.cache.unavailable" && l.level === "warn"
    ),
  );
});

Deno.test("a cache that hangs costs no request, and what it is asked ends", async () => {
  using world = await setup();
  const limits: (AbortSignal | null)[] = [];
  const hang = () => {
    limits.push(limitNow());
    return new Promise<never>(() => {});
  };
  const client = world.client({
    ...brokenCache,
    get: hang,
    set: hang,
    acquire: hang,
  });
  const asked = ask(client);
  for (let turn = 0; world.wecom.count(LIST) === 0; turn++) {
    assert.ok(turn < 20);
    await settle();
    world.clock.fire(2_500);
  }
  await asked;
  assert.ok(limits.length >= 3);
  assert.ok(limits.every((limit) => limit?.aborted));
});

Deno.test("a refused token is not taken from a cache that cannot delete", async () => {
  using world = await setup({
    [LIST]: guarded((token) => token !== "token-1"),
  });
  const { cache } = world.store;
  const client = world.client({
    ...cache,
    deleteIf: () => Promise.reject(new Error("read only")),
    set: (key, value, at) =>
      value.includes("token-1") ? cache.set(key, value, at) : Promise.resolve(),
  });
  await ask(client);
  await ask(client);
  assert.equal(world.tokens(), 2);
});

Deno.test("with a seal, nothing readable is stored, and a lost key means a new token", async () => {
  using world = await setup();
  const seal = (key: string) => ({
    seal: (text: string) => Promise.resolve(key + btoa(text)),
    open: (text: string) =>
      Promise.resolve(
        text.startsWith(key) ? atob(text.slice(key.length)) : null,
      ),
  });
  await ask(world.client(undefined, { seal: seal("k1.") }));
  assert.ok(!(await world.store.cache.get(KEY))?.value.includes("token-1"));
  await ask(world.client(undefined, { seal: seal("k1.") }));
  assert.equal(world.tokens(), 1);
  await ask(world.client(undefined, { seal: seal("k2.") }));
  assert.equal(world.tokens(), 2);
});

Deno.test("an entry of another make is replaced, and its text not logged", async () => {
  using world = await setup();
  await world.store.cache.set(
    KEY,
    "plain-old-token",
    world.clock.now() + MINUTE,
  );
  const client = world.client();
  await ask(client);
  assert.equal(world.tokens(), 1);
  assert.ok(!Deno.inspect(client.logged, { depth: 9 }).includes("plain-old"));
});

Deno.test("apps do not share a token, and both tickets are kept apart", async () => {
  using world = await setup({
    get_jsapi_ticket: (_, nth) =>
      ok({ ticket: `corp-${nth}`, expires_in: 7200 }),
    "ticket/get": (_, nth) => ok({ ticket: `agent-${nth}`, expires_in: 7200 }),
  });
  const client = world.client();
  assert.equal(await client.ticket("corp"), "corp-1");
  assert.equal(await client.ticket("agent"), "agent-1");
  assert.equal(await client.ticket("corp"), "corp-1");
  assert.equal(world.tokens(), 1);
  await world.client(undefined, { agentId: "1000003" }).ticket("agent");
  assert.equal(world.tokens(), 2);
  assert.equal(world.wecom.count("ticket/get"), 2);
});

Deno.test("a ticket that is renewed ahead of time reaches other processes in half a minute", async () => {
  using world = await setup({
    get_jsapi_ticket: (_, nth) =>
      ok({ ticket: `corp-${nth}`, expires_in: 7200 }),
    "ticket/get": (_, nth) => ok({ ticket: `agent-${nth}`, expires_in: 7200 }),
  });
  const [one, two] = [world.client(), world.client()];
  for (const client of [one, two]) {
    assert.equal(await client.ticket("corp"), "corp-1");
    assert.equal(await client.ticket("agent"), "agent-1");
  }
  world.clock.advance(1_000);
  await one.renewTickets();
  assert.equal(await one.ticket("corp"), "corp-2");
  assert.equal(await one.ticket("agent"), "agent-2");
  world.clock.advance(30_001);
  assert.equal(await two.ticket("corp"), "corp-2");
  assert.equal(await two.ticket("agent"), "agent-2");
  assert.equal(
    world.wecom.count("get_jsapi_ticket"),
    2,
    "looked up, not asked",
  );
});

Deno.test("a ticket that cannot be renewed ahead of time is used on", async () => {
  using world = await setup({
    get_jsapi_ticket: (_, nth) =>
      nth === 1 ? ok({ ticket: "corp-1", expires_in: 7200 }) : refuse(45009),
    "ticket/get": () => ok({ ticket: "agent", expires_in: 7200 }),
  });
  const client = world.client();
  assert.equal(await client.ticket("corp"), "corp-1");
  await client.renewTickets();
  assert.equal(world.wecom.count("get_jsapi_ticket"), 2);
  assert.equal(await client.ticket("corp"), "corp-1");
});

Deno.test("a page is signed for corp and app with different tickets and nonces", async () => {
  using world = await setup({
    get_jsapi_ticket: () => ok({ ticket: "corp", expires_in: 7200 }),
    "ticket/get": () => ok({ ticket: "agent", expires_in: 7200 }),
  });
  const client = world.client(undefined, { random: () => 0.5 });
  const page = await client.sign(
    "https://group.example.com/orders/1/group?a=b#top",
  );
  assert.equal(page.url, "https://group.example.com/orders/1/group?a=b");
  assert.equal(page.corpId, "ww0123456789abcdef");
  assert.equal(page.agentId, "1000002");
  assert.notEqual(page.config.nonceStr, page.agentConfig.nonceStr);
  for (
    const [ticket, signed] of [["corp", page.config], [
      "agent",
      page.agentConfig,
    ]] as const
  ) {
    const text = `jsapi_ticket=${ticket}&noncestr=${signed.nonceStr}` +
      `&timestamp=${signed.timestamp}&url=${page.url}`;
    const digest = await crypto.subtle.digest(
      "SHA-1",
      new TextEncoder().encode(text),
    );
    assert.equal(signed.signature, new Uint8Array(digest).toHex());
    assert.equal(signed.timestamp, Math.floor(world.clock.now() / 1000));
  }
  await client.sign("https://group.example.com/other");
  assert.equal(world.wecom.asked.length, 3, "token and two tickets, once");
});
