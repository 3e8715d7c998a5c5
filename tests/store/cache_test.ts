/**
 * What every cache store promises, asked of each of them through several connections at once, with a
 * clock of our own.
 */
import assert from "node:assert/strict";
import { silentLog } from "../../lib/http/log.ts";
import type { CacheStore } from "../../lib/store/cache.ts";
import {
  createFallbackCache,
  type FallbackCache,
} from "../../lib/store/cache_fallback.ts";
import { createMemoryCache } from "../../lib/store/cache_memory.ts";
import { sweepCache } from "../../lib/store/cache_postgres.ts";
import {
  connect,
  type Opened,
  openPlace,
  type Place,
  withKvFile,
  withPostgres,
} from "./cache_support.ts";

const NOON = Date.UTC(2026, 10, 22, 12);

interface World {
  one: CacheStore;
  two: CacheStore;
  three: CacheStore;
  now(): number;
  advance(ms: number): void;
}

const PROMISES: Record<string, (world: World) => Promise<void>> = {
  async "an entry is there until its time and not a moment longer"(
    { one, two, now, advance },
  ) {
    const expiresAt = now() + 1_234;
    await one.set("entry", "值 ' \" \n", expiresAt);
    assert.deepEqual(await two.get("entry"), {
      value: "值 ' \" \n",
      expiresAt,
    });
    advance(1_233);
    assert.equal((await two.get("entry"))?.expiresAt, expiresAt);
    advance(1);
    assert.equal(await two.get("entry"), null);
    assert.equal(await two.get("never set"), null);
  },

  async "a later value replaces the earlier one, with its time"(
    { one, two, now, advance },
  ) {
    await one.set("again", "a", now() + 10);
    await two.set("again", "b", now() + 1_000);
    advance(100);
    assert.equal((await one.get("again"))?.value, "b");
  },

  async "a value is removed only by whom it is known to"({ one, two, now }) {
    await one.set("known", "new", now() + 1_000);
    assert.equal(await two.deleteIf("known", "old"), false);
    assert.equal((await one.get("known"))?.value, "new");
    const done = await Promise.all(
      [one, two, one, two].map((c) => c.deleteIf("known", "new")),
    );
    assert.deepEqual(done.filter(Boolean), [true]);
    assert.equal(await one.get("known"), null);
    assert.equal(await one.deleteIf("known", "new"), false);
  },

  async "of many who change what they have all seen, one does"(
    { one, two, three, now, advance },
  ) {
    const until = now() + 1_000;
    const race = async (seen: string | null, round: string) => {
      const done = await Promise.all(
        [one, two, three, one, two].map((c, at) =>
          c.swap("shared", seen, `${round}${at}`, until)
        ),
      );
      assert.equal(done.filter(Boolean).length, 1, round);
      const value = (await two.get("shared"))?.value;
      assert.equal(value, `${round}${done.indexOf(true)}`);
      return value;
    };
    const first = await race(null, "first ");
    assert.equal(await three.swap("shared", null, "new", until), false);
    const second = await race(first, "second ");
    assert.equal(await one.swap("shared", first, "late", until), false);
    advance(1_000);
    assert.equal(await one.swap("shared", second, "old", until), false);
    assert.equal(await two.swap("shared", null, "anew", now() + 9), true);
    assert.equal((await three.get("shared"))?.value, "anew");
  },

  async "of many who ask at once one has the lease"({ one, two, three }) {
    const asking = [one, two, three, one, two, three, one, two, three];
    const leases = await Promise.all(
      asking.map((c) => c.acquire("lease", 5_000)),
    );
    const held = leases.filter((lease) => lease !== null);
    assert.equal(held.length, 1);
    assert.equal(await two.acquire("lease", 5_000), null);
    await held[0]?.release();
    assert.ok(await two.acquire("lease", 5_000));
  },

  async "a lease whose holder died is given to the next, and its late return does no harm"(
    { one, two, three, advance },
  ) {
    const dead = await one.acquire("orphan", 5_000);
    advance(4_999);
    assert.equal(await two.acquire("orphan", 5_000), null);
    advance(1);
    const next = await two.acquire("orphan", 5_000);
    assert.ok(next);
    await dead?.release();
    await dead?.release();
    assert.equal(await three.acquire("orphan", 5_000), null);
  },

  async "hits are counted one by one within a window that does not move"(
    { one, two, three, now, advance },
  ) {
    const resetAt = now() + 60_000;
    const hits = await Promise.all(
      Array.from(
        { length: 30 },
        (_, i) => ([one, two, three][i % 3] ?? one).hit("hits", 60_000),
      ),
    );
    assert.deepEqual(
      hits.map((h) => h.count).sort((a, b) => a - b),
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    assert.deepEqual(new Set(hits.map((h) => h.resetAt)), new Set([resetAt]));
    advance(59_999);
    assert.deepEqual(await two.hit("hits", 60_000), { count: 31, resetAt });
    advance(1);
    assert.deepEqual(await two.hit("hits", 60_000), {
      count: 1,
      resetAt: resetAt + 60_000,
    });
  },

  async "an entry, a lease and a window of one name do not meet"({ one, now }) {
    await one.set("name", "v", now() + 1_000);
    assert.ok(await one.acquire("name", 1_000));
    assert.equal((await one.hit("name", 1_000)).count, 1);
    assert.equal((await one.get("name"))?.value, "v");
  },

  async "a large value is kept whole"({ one, two, now }) {
    const value = "x".repeat(60_000);
    await one.set("large", value, now() + 1_000);
    assert.equal((await two.get("large"))?.value, value);
  },
};

const keepsPromises = (t: Deno.TestContext, place: Place) =>
  keepsPromisesOf(t, (now) => openPlace(place, now));

async function keepsPromisesOf(
  t: Deno.TestContext,
  open: (now: () => number) => Promise<Opened>,
): Promise<void> {
  let time = NOON;
  const now = () => time;
  const opened: Opened[] = [];
  try {
    for (let i = 0; i < 3; i++) opened.push(await open(now));
    const [one, two, three] = opened.map((o) => o.cache);
    assert.ok(one && two && three);
    const world = {
      one,
      two,
      three,
      now,
      advance: (ms: number) => void (time += ms),
    };
    for (const [name, promise] of Object.entries(PROMISES)) {
      await t.step(name, () => promise(world));
    }
  } finally {
    await Promise.all(opened.map((o) => o.close()));
  }
}

Deno.test("Deno KV keeps what a cache promises", (t) =>
  withKvFile((place) => keepsPromises(t, place)));

Deno.test("Postgres keeps what a cache promises", (t) =>
  withPostgres(async (place) => {
    await keepsPromises(t, place);
    await t.step("what has run out is swept, what is good stays", async () => {
      const { sql, close: hangUp } = await connect(place.url);
      const { cache, close } = await openPlace(place, () => NOON);
      try {
        await sql`delete from cache_entry`;
        await cache.set("old", "v", NOON);
        await cache.set("good", "v", NOON + 1);
        assert.equal(await sweepCache({ sql, now: () => NOON }), 1);
        assert.equal((await cache.get("good"))?.value, "v");
      } finally {
        await close();
        await hangUp();
      }
    });
  }));

Deno.test("Memory keeps what a cache promises", (t) => {
  let cache: CacheStore | undefined;
  return keepsPromisesOf(t, (now) =>
    Promise.resolve({
      cache: cache ??= createMemoryCache({ now }),
      close: () => Promise.resolve(),
    }));
});

Deno.test("Memory in place of KV keeps what a cache promises", (t) => {
  let fallback: Promise<FallbackCache> | undefined;
  return keepsPromisesOf(t, async (now) => {
    const { cache, close } = await (fallback ??= createFallbackCache({
      open: () => Promise.reject(new Error("no KV here")),
      now,
      log: silentLog,
    }));
    return { cache, close };
  });
});

Deno.test("Memory does not grow without end", async () => {
  let time = NOON;
  const cache = createMemoryCache({ now: () => time });
  await cache.set("kept", "v", NOON + 2);
  for (let n = 0; n < 20_000; n++) await cache.hit(`from ${n}`, 1);
  assert.equal(await cache.get("kept"), null, "the oldest of too many is gone");
  time += 1;
  await cache.set("kept", "v", NOON + 2);
  for (let n = 0; n < 9_000; n++) await cache.hit(`later ${n}`, 1);
  assert.equal((await cache.get("kept"))?.value, "v", "what has run out first");
});
