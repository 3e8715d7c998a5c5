/** What the driver does not survive by itself: connections that break. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import {
  isOutage,
  openDatabase,
  type Sql,
  type TransactionSql,
} from "../../lib/store/database.ts";
import { createDice } from "../storm/dice.ts";
import { type Cutter, serveCutter } from "../storm/cutter.ts";
import { withDatabase } from "../support/database.ts";

/** Runs `fn` with a pool behind a wire that can be cut. */
function withWire(
  fn: (sql: Sql, wire: Cutter) => Promise<void>,
  max = 2,
): Promise<void> {
  return withDatabase(async ({ url }) => {
    const far = new URL(url);
    const wire = serveCutter("database", Number(far.port), createDice(1));
    far.port = String(wire.port);
    const { sql, close } = await openDatabase({
      url: new Secret(far.href),
      dataDir: "unused",
      max,
    });
    try {
      await fn(sql, wire);
    } finally {
      await close();
      await wire.stop();
    }
  });
}

/** What a transaction may do after its connection broke. */
const AFTERWARDS: Record<
  string,
  (sql: TransactionSql, early: () => Promise<unknown>) => Promise<unknown>
> = {
  "asks something else": async (sql) => await sql`select 2`,
  "asks what it had written before": async (_, early) => await early(),
  "asks in a savepoint": (sql) => sql.savepoint((sql) => sql`select 2`),
  "ends well": () => Promise.resolve(),
  "fails for a reason of its own": () => Promise.reject(new Error("its own")),
};

for (const [what, act] of Object.entries(AFTERWARDS)) {
  Deno.test(
    `a connection that breaks while a transaction does something else, and then ${what}, fails the transaction, not the process`,
    () =>
      withWire(async (sql, wire) => {
        const done = Promise.withResolvers<unknown>();
        const transaction = sql.begin(async (sql) => {
          const lazy = sql`select 3`;
          await sql`select 1`;
          wire.cutAll();
          // Until it was noticed.
          await assert.rejects(transaction, isOutage);
          const outcome = act(sql, () => lazy);
          done.resolve(outcome.catch((error) => error));
          return await outcome;
        });
        await assert.rejects(transaction, isOutage);
        const said = await done.promise;
        if (what.startsWith("asks")) assert.ok(isOutage(said), String(said));
        // Time for a write that nobody waits for.
        await new Promise((go) => setTimeout(go, 20));
        const [row] = await sql<{ one: number }[]>`select 1 as one`;
        assert.equal(row?.one, 1);
      }),
  );
}

Deno.test("a connection that breaks inside a savepoint fails the transaction, not the process", () =>
  withWire(async (sql, wire) => {
    await assert.rejects(
      sql.begin((sql) =>
        sql.savepoint(async (sql) => {
          await sql`select 1`;
          wire.cutAll();
          await sql`select pg_sleep(0.01)`;
        })
      ),
      isOutage,
    );
    await new Promise((go) => setTimeout(go, 20));
    await sql`select 1`;
  }));

Deno.test("every query that a cut meets is settled, and what comes later gets fresh connections", () =>
  withWire(async (sql, wire) => {
    for (let turn = 0; turn < 15; turn++) {
      const asked = Array.from(
        { length: 12 },
        (_, at) =>
          at % 4 === 0
            ? sql.begin((sql) => sql`select 1`)
            : sql`select ${at}::int as n`,
      );
      const settled = Promise.allSettled(asked);
      for (let wait = 0; wait < turn; wait++) await new Promise(setImmediate);
      wire.cutAll();
      for (const one of await settled) {
        if (one.status === "rejected") assert.ok(isOutage(one.reason));
      }
    }
    // Nothing is left of the cuts.
    const rows = await Promise.all(
      Array.from({ length: 50 }, (_, at) => sql`select ${at}::int as n`),
    );
    assert.deepEqual(rows.map(([row]) => row?.n), rows.map((_, at) => at));
  }, 4));

Deno.test("a database that is away is an outage at once, and serves again when it is back", () =>
  withDatabase(async ({ url }) => {
    const far = new URL(url);
    const gone = serveCutter("database", Number(far.port), createDice(1));
    await gone.stop();
    const away = new URL(url);
    away.port = String(gone.port);
    const { sql, close } = await openDatabase({
      url: new Secret(away.href),
      dataDir: "unused",
      max: 2,
    });
    const asked = Array.from({ length: 6 }, () => sql`select 1`);
    for (const one of await Promise.allSettled(asked)) {
      assert.equal(one.status, "rejected");
      assert.ok(one.status === "rejected" && isOutage(one.reason));
    }
    const back = serveCutter("database", Number(far.port), createDice(1), {
      port: gone.port,
    });
    await sql`select 1`;
    await close();
    await back.stop();
  }));

Deno.test("a server that takes connections and hangs up at once is an outage after the time that connecting may take", () =>
  withDatabase(async ({ url }) => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepting = (async () => {
      for await (const conn of listener) {
        await new Promise((go) => setTimeout(go, 20));
        conn.close();
      }
    })();
    const deaf = new URL(url);
    deaf.port = String(listener.addr.port);
    for (
      const query of ["connect_timeout=1", "connect_timeout=1&pgbouncer=false"]
    ) {
      const { sql, close } = await openDatabase({
        url: new Secret(`${deaf.href}?${query}`),
        dataDir: "unused",
        max: 1,
      });
      await assert.rejects(sql`select 1`, isOutage);
      await close();
    }
    listener.close();
    await accepting;
  }));
