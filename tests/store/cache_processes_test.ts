/** Several real processes on one store count together and take turns. */
import assert from "node:assert/strict";
import { type Place, withKvFile, withPostgres } from "./cache_support.ts";

const ROUNDS = 50;

interface Seen {
  hits: number[];
  turns: number[];
}

async function run(place: Place): Promise<Seen> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--unstable-kv",
      "--quiet",
      new URL("./cache_child.ts", import.meta.url).href,
      JSON.stringify({ place, rounds: ROUNDS }),
    ],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function together(place: Place, processes: number): Promise<void> {
  const seen = await Promise.all(
    Array.from({ length: processes }, () => run(place)),
  );
  const all = Array.from({ length: processes * ROUNDS }, (_, at) => at);
  const sorted = (numbers: number[]) => numbers.sort((a, b) => a - b);
  assert.deepEqual(
    sorted(seen.flatMap(({ hits }) => hits)),
    all.map((at) => at + 1),
    "each hit is counted once",
  );
  assert.deepEqual(
    sorted(seen.flatMap(({ turns }) => turns)),
    all,
    "nobody writes beside the holder of the lease",
  );
}

for (const processes of [2, 4]) {
  Deno.test(`${processes} processes on Postgres count together and take turns`, () =>
    withPostgres((place) => together(place, processes)));

  Deno.test(`${processes} processes on one KV file count together and take turns`, () =>
    withKvFile((place) => together(place, processes)));
}
