/** The README's table of measurements is the bench's, row by row. */
import assert from "node:assert/strict";
import { isShown, type Part, PARTS } from "./parts.ts";
import type { BenchResult, ResultRow } from "./run.ts";
import { BEGIN, END, namesIn, tableOf, withTable } from "./table.ts";

const README = await Deno.readTextFile(
  new URL("../../README.md", import.meta.url),
);

Deno.test("each row of the README's table is one that the bench measures", () => {
  const shown = PARTS.flatMap(({ shown }) => shown);
  const foreign = namesIn(README).filter((name) =>
    !shown.some((one) => isShown(one, name))
  );
  assert.deepEqual(foreign, []);
});

Deno.test("the names in a table are read as they were written", () => {
  const parts = [part("calls", ["calls, * contacts", "waits"])];
  const rows = [row({}), row({ name: "waits" })];
  const readme = withTable(`${BEGIN}${END}`, tableOf(result(rows), parts));
  assert.deepEqual(namesIn(readme), ["calls, 1,000 contacts", "waits"]);
});

const part = (name: string, shown: string[]): Part => ({
  ...{ name, file: "", timed: false, shown },
  load: () => Promise.reject(new Error("Runs no part")),
});

const row = (over: Partial<ResultRow>): ResultRow => ({
  ...{ part: "calls", name: "calls, 1,000 contacts", value: 13, unit: "calls" },
  ...{ limit: { most: 13 }, holds: true, ...over },
});

const result = (rows: ResultRow[]): BenchResult => ({
  ...{ at: "2026-11-26T18:00:00.000Z", deno: "2.9.6", quick: true },
  ...{ machine: { cores: 2, memoryMB: 24_105 }, seconds: 1, parts: {}, rows },
});

Deno.test("what does not hold stands out in the table", () => {
  const parts = [part("calls", ["calls, * contacts"]), part("page", ["page"])];
  const table = tableOf(
    result([
      row({}),
      row({ part: "page", name: "page", value: 0.5, unit: "x", holds: false }),
      row({ name: "not shown" }),
    ]),
    parts,
  );
  assert.equal(
    table,
    [
      "Measured on 2026-11-26 with 2 cores, 24 GB of memory",
      "and Deno 2.9.6, at the small sizes of `--quick`:",
      "",
      "| what                  | measured  | must be |",
      "| --------------------- | --------- | ------- |",
      "| calls, 1,000 contacts | 13 calls  | ≤ 13    |",
      "| page                  | **0.5 x** | ≤ 13    |",
    ].join("\n"),
  );
});

Deno.test("a file that lacks a row makes no table", () => {
  const parts = [part("calls", ["calls, * contacts", "waits"])];
  assert.throws(() => tableOf(result([row({})]), parts), /calls: waits/);
  const none = result([row({}), row({ name: "waits", value: null })]);
  assert.throws(() => tableOf(none, parts), /calls: waits/);
});

Deno.test("the table takes the place of the one before, and nothing else changes", () => {
  const before = `# A\n\n${BEGIN}\n\n| what |\n\n${END}\n\n## B\n`;
  assert.equal(
    withTable(before, "new"),
    `# A\n\n${BEGIN}\n\nnew\n\n${END}\n\n## B\n`,
  );
  assert.throws(() => withTable("# A\n", "new"), /measured/);
});
