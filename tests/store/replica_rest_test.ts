/** What an error of a replica says of it, and how long it is left alone. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { OutageError, tooLong } from "../../lib/store/errors.ts";
import {
  ReplicaTrouble,
  type Rest,
  restAfter,
  type Trouble,
  troubleOf,
} from "../../lib/store/replica_rest.ts";

/** Its types say that it takes nothing. */
type Made = new (fields: Record<string, string>) => postgres.PostgresError;

function told(code: string): Error {
  const Made = postgres.PostgresError as unknown as Made;
  return new Made({ code, severity: "ERROR", message: "told" });
}

Deno.test("An error is the replica's, of the moment, or everybody's", () => {
  const table: [Error, Trouble | "conflict" | null][] = [
    [new ReplicaTrouble("lag"), "lag"],
    [new OutageError("ECONNREFUSED", "away"), "away"],
    [new OutageError("28P01", "refused"), "away"],
    [told("57P03"), "away"],
    [told("53300"), "away"],
    [told("40001"), "conflict"],
    // The connection ended with it.
    [new OutageError("40001", "ended"), "conflict"],
    [told("42P01"), "differs"],
    [told("42703"), "differs"],
    [told("42883"), "differs"],
    [told("42501"), "differs"],
    // A value that no server takes.
    [told("22P02"), null],
    [told("42601"), null],
    [new TypeError("a bug"), null],
  ];
  for (const [error, trouble] of table) {
    assert.equal(troubleOf(error), trouble, String(error));
  }
  assert.equal(troubleOf(tooLong(1)), "away", "told apart before");
});

Deno.test("It is left alone for longer each time, a minute at most; one that lags is looked at again soon", () => {
  const pauses = (trouble: Trouble) => {
    let rest: Rest | null = null;
    return Array.from({ length: 8 }, () => {
      rest = restAfter(rest, trouble, 1_000);
      return (rest.until - 1_000) / 1_000;
    });
  };
  assert.deepEqual(pauses("away"), [2, 4, 8, 16, 32, 60, 60, 60]);
  assert.deepEqual(pauses("lag"), [2, 2, 2, 2, 2, 2, 2, 2]);
});
