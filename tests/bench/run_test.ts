/** What people rely on in the bench itself: no fault and no number gets lost. */
import assert from "node:assert/strict";
import { type Part, PARTS } from "./parts.ts";
import type { Row } from "./row.ts";
import { type BenchResult, runParts } from "./run.ts";

const part = (name: string, shown: string[] = []): Part => ({
  name,
  file: `${name}.ts`,
  load: () => Promise.reject(new Error("Runs in no process of its own here")),
  timed: false,
  shown,
});

const row = (
  name: string,
  value: number,
  limit: Row["limit"] = null,
): Row => ({ name, value, unit: "calls", limit });

async function run(
  answers: Record<string, () => Row[]>,
  shown: string[] = [],
): Promise<BenchResult> {
  const parts = Object.keys(answers).map((name) => part(name, shown));
  return await runParts(parts, {
    quick: true,
    orders: null,
    seed: null,
    say: () => {},
    mostMs: 60_000,
    perform: ({ name }) =>
      Promise.resolve().then(() => answers[name]?.() ?? []),
  });
}

const failing = ({ rows }: BenchResult) =>
  rows.filter((row) => !row.holds).map(({ name }) => name);

Deno.test("a part that throws is a row that does not hold, and the others go on", async () => {
  const result = await run({
    first: () => {
      throw new Error("The stand-in is away");
    },
    second: () => [row("asked", 3, { most: 3 })],
  });
  assert.deepEqual(failing(result), ["first comes to its end"]);
  assert.equal(result.rows[0]?.cause, "The stand-in is away");
  assert.equal(result.rows[1]?.value, 3);
});

Deno.test("a limit holds up to its number, and what nobody judges always", async () => {
  const result = await run({
    one: () => [
      row("as many as may be", 3, { most: 3 }),
      row("one too many", 4, { most: 3 }),
      row("enough", 3, { least: 3 }),
      row("too few", 2, { least: 3 }),
      row("unjudged", 9),
    ],
  });
  assert.deepEqual(failing(result), ["one too many", "too few"]);
});

Deno.test("a number that is none does not hold, and is null in the file", async () => {
  const result = await run({
    one: () => [row("nothing was measured", NaN), row("without end", Infinity)],
  });
  assert.deepEqual(failing(result), ["nothing was measured", "without end"]);
  const read: BenchResult = JSON.parse(JSON.stringify(result));
  assert.deepEqual(read.rows.map(({ value }) => value), [null, null]);
});

Deno.test("a part without rows, and a name that two rows have, do not hold", async () => {
  const result = await run({
    silent: () => [],
    one: () => [row("asked", 1)],
    other: () => [row("asked", 2)],
  });
  assert.deepEqual(failing(result), [
    "silent comes to its end",
    "one row is called: asked",
  ]);
});

Deno.test("a row that the README shows and no part measures does not hold", async () => {
  const shown = ["calls, * contacts", "waits, * contacts"];
  const rows = [row("calls, 1,000 contacts", 1), row("waits", 1)];
  const result = await run({ one: () => rows }, shown);
  assert.deepEqual(failing(result), ["waits, * contacts"]);
});

Deno.test("a part runs in a process of its own, whose last words are the cause", async () => {
  const result = await runParts([part("not-there")], {
    quick: true,
    orders: null,
    seed: null,
    say: () => {},
    mostMs: 60_000,
  });
  assert.deepEqual(failing(result), ["not-there comes to its end"]);
  assert.match(result.rows[0]?.cause ?? "", /No part is called not-there/);
});

Deno.test("each part of the bench has a name of its own, and its file", async () => {
  assert.equal(new Set(PARTS.map(({ name }) => name)).size, PARTS.length);
  for (const { file } of PARTS) {
    const { isFile } = await Deno.stat(new URL(file, import.meta.url));
    assert.ok(isFile, file);
  }
});
