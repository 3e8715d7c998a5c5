/** One of several writers: `cache_kv_child.ts FILE HITS` prints the count of each hit as JSON. */
import { openPlace } from "./cache_support.ts";

const [path = "", hits = "0"] = Deno.args;
const { cache, close } = await openPlace({ kind: "kv", path }, Date.now);
const counts: number[] = [];
for (let i = 0; i < Number(hits); i++) {
  counts.push((await cache.hit("shared", 60_000)).count);
}
await close();
// deno-lint-ignore no-console -- the parent reads it
console.log(JSON.stringify(counts));
