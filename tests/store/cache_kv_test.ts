/** Deno KV's ways: a local file that is locked when several write, and entries that outlive their time. */
import assert from "node:assert/strict";
import { createKvCache } from "../../lib/store/cache_kv.ts";

/** A store whose every call fails as SQLite does, a number of times. */
async function lockedKv(times: number, message = "database is locked") {
  const kv = await Deno.openKv(":memory:");
  let left = times;
  const trouble = () => {
    if (left-- > 0) throw new TypeError(message);
  };
  const faulty = {
    get: (key: Deno.KvKey) => (trouble(), kv.get(key)),
    set: (key: Deno.KvKey, value: unknown) => (trouble(), kv.set(key, value)),
    atomic: () => kv.atomic(),
  };
  const slept: number[] = [];
  const cache = createKvCache({
    // The three methods are all that the cache uses.
    kv: faulty as unknown as Deno.Kv,
    now: () => 1_000,
    random: () => 0.5,
    sleep: (ms) => (slept.push(ms), Promise.resolve()),
  });
  return { cache, slept, left: () => left, [Symbol.dispose]: () => kv.close() };
}

Deno.test("a locked file is tried again until it is free", async () => {
  using world = await lockedKv(5);
  await world.cache.set("k", "v", 2_000);
  assert.equal((await world.cache.get("k"))?.value, "v");
  assert.equal(world.slept.length, 5);
});

Deno.test("a file that stays locked is given up after about two seconds", async () => {
  using world = await lockedKv(Infinity);
  await assert.rejects(world.cache.get("k"), /database is locked/);
  const waited = world.slept.reduce((sum, ms) => sum + ms, 0);
  assert.ok(waited >= 2_000 && waited < 2_300, String(waited));
});

Deno.test("any other failure is passed on at once", async () => {
  using world = await lockedKv(1, "disk I/O error");
  await assert.rejects(world.cache.get("k"), /disk/);
  assert.deepEqual(world.slept, []);
});
