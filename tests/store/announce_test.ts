/** Statements are announced to whoever listens, each in its asker's context. */
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { until } from "../../lib/store/deadline.ts";
import {
  type AnnouncedStatement,
  STATEMENTS,
} from "../../lib/store/pool/announce.ts";
import { countStatements } from "../support/statements.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("Statements asked together are one wave, and one after the other are two", () =>
  withDatabase(async ({ sql }) => {
    const { waves } = await countStatements(async () => {
      await Promise.all([sql`select 1 as a`, sql`select ${2}::int as b`]);
      await sql`select 3 as c`;
    });
    assert.deepEqual(waves, [
      ["select 1 as a", "select ?::int as b"],
      ["select 3 as c"],
    ]);
  }));

Deno.test("A transaction is announced with its beginning and its end", () =>
  withDatabase(async ({ sql }) => {
    const { waves } = await countStatements(() =>
      sql.begin((sql) => sql`select 1 as a`)
    );
    assert.deepEqual(waves.map((wave) => wave.join()), [
      "begin",
      "select 1 as a",
      "commit or rollback",
    ]);
  }));

Deno.test("What fails is announced, too, and fails as if nobody listened", () =>
  withDatabase(async ({ sql }) => {
    const { waves } = await countStatements(async () => {
      await assert.rejects(async () => await sql`select no_such_column`);
      await assert.rejects(() =>
        sql.begin(async (sql) => {
          await sql`select 1 as a`;
          throw new Error("given up");
        }), /given up/);
      await sql`select 2 as b`;
    });
    assert.deepEqual(waves.flat(), [
      "select no_such_column",
      "begin",
      "select 1 as a",
      "commit or rollback",
      "select 2 as b",
    ]);
  }));

Deno.test("Work that runs at the same time counts for itself only", () =>
  withDatabase(async ({ sql }) => {
    const work = (n: number) =>
      countStatements(async () => {
        for (let i = 0; i < n; i++) await sql`select ${i}::int`;
      });
    const [two, five] = await Promise.all([work(2), work(5)]);
    assert.deepEqual([two.statements, five.statements], [2, 5]);
  }));

Deno.test("A transaction that leaves the line is answered as well", () =>
  withDatabase(async ({ url }) => {
    const options = { url: new Secret(url), dataDir: "", max: 1 };
    const { sql, close } = await openDatabase(options);
    const told: AnnouncedStatement[] = [];
    const tell = (one: unknown) => void told.push(one as AnnouncedStatement);
    const release = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const holding = sql.begin(() => {
      begun.resolve();
      return release.promise;
    });
    await begun.promise;
    subscribe(STATEMENTS, tell);
    const leaving = new AbortController();
    const left = until(leaving.signal, () => sql.begin((sql) => sql`select 1`));
    leaving.abort();
    await assert.rejects(left, /time for the request is over/);
    assert.deepEqual(told.map(({ text }) => text), ["begin"]);
    await told[0]?.answered;
    unsubscribe(STATEMENTS, tell);
    release.resolve();
    await holding;
    await close();
  }));
