/** A KV that cannot be used costs calls, not the product. */
import assert from "node:assert/strict";
import { silentLog } from "../../lib/http/log.ts";
import type { CacheStore } from "../../lib/store/cache.ts";
import { createFallbackCache } from "../../lib/store/cache_fallback.ts";
import { createKvCache } from "../../lib/store/cache_kv.ts";
import { createMemoryCache } from "../../lib/store/cache_memory.ts";
import { openKv } from "../../lib/store/kv.ts";

const NOON = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;

/** A KV that can be broken and mended, and what the log says of it. */
async function scene({ broken }: { broken: Error | null }) {
  const world = { time: NOON, broken, opened: 0, events: [] as string[] };
  const now = () => world.time;
  const inner = createMemoryCache({ now });
  const attempt = <T>(question: () => Promise<T>) =>
    world.broken ? Promise.reject(world.broken) : question();
  const breakable = (cache: CacheStore): CacheStore => ({
    get: (key) => attempt(() => cache.get(key)),
    set: (key, value, until) => attempt(() => cache.set(key, value, until)),
    deleteIf: (key, value) => attempt(() => cache.deleteIf(key, value)),
    swap: (key, seen, value, until) =>
      attempt(() => cache.swap(key, seen, value, until)),
    hit: (key, windowMs) => attempt(() => cache.hit(key, windowMs)),
    acquire: (key, ttlMs) =>
      attempt(async () => {
        const lease = await cache.acquire(key, ttlMs);
        return lease && { release: () => attempt(() => lease.release()) };
      }),
  });
  const fallback = await createFallbackCache({
    now,
    log: (level, event) => void world.events.push(`${level} ${event}`),
    open() {
      world.opened++;
      return Promise.resolve({ cache: breakable(inner), close() {} });
    },
  });
  return { ...fallback, world };
}

/** Lets what goes on beside the questions come to its end. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("What fails at the start is said once, told, and tried again after a minute", async () => {
  const { cache, health, close, world } = await scene({
    broken: new Error("file is not a database"),
  });
  for (let n = 1; n <= 5; n++) {
    await cache.set("token", `t${n}`, NOON + 10 * MINUTE);
    assert.equal((await cache.get("token"))?.value, `t${n}`);
    assert.equal((await cache.hit("who", MINUTE)).count, n);
  }
  assert.deepEqual(health(), { store: "memory", since: new Date(NOON) });
  assert.equal(world.opened, 1);
  world.time += MINUTE;
  assert.equal((await cache.get("token"))?.value, "t5", "nobody waits for it");
  await settle();
  assert.equal(world.opened, 2);
  assert.deepEqual(health(), { store: "memory", since: new Date(NOON) });
  world.broken = null;
  world.time += MINUTE;
  await cache.get("token");
  await settle();
  assert.deepEqual(health(), { store: "kv" });
  assert.deepEqual(world.events, ["warn kv.unavailable", "info kv.available"]);
  await close();
});

Deno.test("What fails later costs what was kept, and no question", async () => {
  const { cache, health, close, world } = await scene({ broken: null });
  await cache.set("token", "t", NOON + MINUTE);
  const lease = await cache.acquire("refresh", MINUTE);
  assert.ok(lease);
  // As KV throws it.
  world.broken = new TypeError("disk I/O error");
  assert.equal(await cache.get("token"), null);
  assert.equal(await cache.deleteIf("token", "t"), false);
  await lease.release();
  assert.ok(await cache.acquire("refresh", MINUTE), "somebody may go on");
  assert.equal(await cache.acquire("refresh", MINUTE), null, "one here");
  assert.equal(health().store, "memory");
  assert.deepEqual(world.events, ["warn kv.unavailable"]);
  await close();
});

Deno.test("A KV that another holds locked is not waited for, and closed when it comes", async () => {
  const opening = Promise.withResolvers<{ cache: CacheStore; close(): void }>();
  const events: string[] = [];
  const { cache, health, close } = await createFallbackCache({
    now: () => NOON,
    log: (_level, event) => void events.push(event),
    open: () => opening.promise,
    patienceMs: 20,
  });
  await cache.set("token", "t1", NOON + MINUTE);
  assert.equal((await cache.get("token"))?.value, "t1");
  assert.equal(health().store, "memory");
  assert.deepEqual(events, ["kv.unavailable"]);
  let hungUp = false;
  const late = createMemoryCache({ now: () => NOON });
  opening.resolve({ cache: late, close: () => void (hungUp = true) });
  await settle();
  assert.ok(hungUp);
  await close();
});

Deno.test("A question that KV never answers is memory's", async () => {
  const memory = createMemoryCache({ now: () => NOON });
  let locked = false;
  const { cache, health, close } = await createFallbackCache({
    now: () => NOON,
    log: silentLog,
    open: () =>
      Promise.resolve({
        cache: {
          ...memory,
          get: (key) => locked ? new Promise(() => {}) : memory.get(key),
        },
        close() {},
      }),
    patienceMs: 20,
  });
  assert.equal(health().store, "kv");
  locked = true;
  assert.equal(await cache.get("token"), null);
  assert.equal(health().store, "memory");
  await close();
});

Deno.test("A lease that KV cannot take back runs out, and harms nobody", async () => {
  const { cache, health, close, world } = await scene({ broken: null });
  const lease = await cache.acquire("refresh", MINUTE);
  world.broken = new Error("disk I/O error");
  await lease?.release();
  assert.equal(health().store, "memory");
  await close();
});

Deno.test("A key or value that is too long is the caller's own", async () => {
  const { cache, health, close, world } = await scene({ broken: null });
  world.broken = new TypeError("Value too large (max 65536 bytes)");
  await assert.rejects(cache.set("long", "v", NOON + 1), TypeError);
  assert.equal(health().store, "kv");
  await close();
});

Deno.test("Real files that are no KV are stood in for", async (t) => {
  const directory = await Deno.makeTempDir();
  await Deno.writeTextFile(`${directory}/text`, "no database ".repeat(500));
  await Deno.mkdir(`${directory}/directory`);
  const places = ["text", "directory", "text/below.sqlite3"];
  for (const place of places) {
    await t.step(place, async () => {
      const fallback = await createFallbackCache({
        now: Date.now,
        log: silentLog,
        async open() {
          const kv = await openKv(`${directory}/${place}`, {
            random: Math.random,
            sleep: settle,
          });
          const cache = createKvCache({
            kv,
            now: Date.now,
            random: Math.random,
            sleep: settle,
          });
          return { cache, close: () => kv.close() };
        },
      });
      await fallback.cache.set("a", "b", Date.now() + MINUTE);
      assert.equal((await fallback.cache.get("a"))?.value, "b");
      assert.equal(fallback.health().store, "memory");
      await fallback.close();
    });
  }
  await Deno.remove(directory, { recursive: true });
});
