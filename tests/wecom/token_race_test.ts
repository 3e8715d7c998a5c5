/**
 * Several real processes, cold, all at once: WeCom must see one gettoken. And later, when it calls that
 * token expired in all of them at once, one more.
 */
import assert from "node:assert/strict";
import {
  type Place,
  withKvFile,
  withPostgres,
} from "../store/cache_support.ts";
import { CALLS, race } from "./token_race.ts";

async function agree(place: Place, processes: number): Promise<void> {
  const { cold, expired, answered, refused } = await race(place, processes);
  assert.equal(cold, 1, "one at the start");
  assert.equal(expired, 1, "one after the expiry");
  assert.equal(answered, CALLS * 2);
  // Only those in flight may have met the expiry, and each process notices for itself.
  assert.ok(refused >= 1 && refused <= processes * 4, `${refused}`);
}

Deno.test("1,000 calls of four processes over one KV file ask for one token", () =>
  withKvFile((place) => agree(place, 4)));

for (const processes of [2, 4]) {
  Deno.test(`1,000 calls of ${processes} processes over Postgres ask for one token`, () =>
    withPostgres((place) => agree(place, processes)));
}
