/**
 * A small storm. The proof that the harness sees what it is there for is in
 * `caught_test.ts`; the big runs are `tests/storm/storm.ts`.
 */
import assert from "node:assert/strict";
import { onRealPostgres } from "../support/database.ts";
import { KINDS } from "./compare.ts";
import { SESSIONS_ENDED } from "./faults.ts";
import { differencesIn } from "./report.ts";
import { PATIENCE, storm } from "./small.ts";

async function withstand(
  args: readonly string[],
  besides: readonly RegExp[] = [],
): Promise<void> {
  const { code, text } = await storm(...args);
  assert.equal(code, 0, text);
  const found = differencesIn(text);
  for (const kind of KINDS) assert.equal(found.get(kind), 0, text);
  for (
    const fault of [
      /kill -9 instance/,
      /run out/,
      /comparison started/,
      /(request|event) twice/,
      /after the first page of contacts/,
      /after the first page of groups/,
      ...besides,
    ]
  ) assert.match(text, new RegExp(`^ +[1-9]\\d* +.*(${fault.source})`, "m"));
}

if (onRealPostgres) {
  Deno.test(
    "orders live through a storm over two instances that kills the database too",
    PATIENCE,
    async () => {
      await withstand(
        ["--database=postgres", "--orders=60", "--seed=5"],
        [new RegExp(SESSIONS_ENDED)],
      );
    },
  );
} else {
  Deno.test(
    "orders live through a storm with kill -9 and end with exactly one group each",
    PATIENCE,
    async () => {
      await withstand(["--database=pglite", "--orders=16", "--seed=5"]);
    },
  );
}
