/**
 * One of several processes on one store; its argument is `{place, rounds}` as JSON.
 * Prints what it saw as JSON: the count of each hit, and how often the value that
 * only the holder of a lease writes had been written before.
 */
import { openPlace, type Place, sleep } from "./cache_support.ts";

const { place, rounds }: { place: Place; rounds: number } = JSON.parse(
  Deno.args[0] ?? "",
);
const { cache, close } = await openPlace(place, Date.now);
const LATER = Date.now() + 600_000;
const hits: number[] = [];
const turns: number[] = [];
for (let round = 0; round < rounds; round++) {
  hits.push((await cache.hit("shared", 600_000)).count);
  for (;;) {
    const lease = await cache.acquire("turn", 60_000);
    if (lease === null) {
      await sleep(1 + 4 * Math.random());
      continue;
    }
    const before = Number((await cache.get("written"))?.value ?? 0);
    await cache.set("written", String(before + 1), LATER);
    turns.push(before);
    await lease.release();
    break;
  }
}
await close();
// deno-lint-ignore no-console -- the parent reads it
console.log(JSON.stringify({ hits, turns }));
