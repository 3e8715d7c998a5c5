/** Searches have connections of their own, and an end. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { createOrders } from "../../lib/orders/orders.ts";
import { createMemoryCache } from "../../lib/store/cache_memory.ts";
import {
  type Database,
  isTooLong,
  openDatabase,
  openForSearches,
} from "../../lib/store/database.ts";
import { createVault } from "../../lib/store/vault.ts";
import { toAppError } from "../../lib/http/to_app_error.ts";
import {
  onRealPostgres,
  throughPooler,
  withDatabase,
} from "../support/database.ts";

/** Both pools of a process; the second is null where it has none. */
function withPools(
  parameters: string,
  fn: (main: Database, searches: Database | null) => Promise<void>,
): Promise<void> {
  return withDatabase(async ({ url }) => {
    const address = new Secret(url + parameters);
    const main = await openDatabase({ url: address, dataDir: "unused" });
    const searches = openForSearches(address);
    try {
      await fn(main, searches);
    } finally {
      await searches?.close();
      await main.close();
    }
  });
}

Deno.test({
  name: "Searches that hang keep nobody else waiting, and are ended",
  ignore: !onRealPostgres,
  fn: () =>
    withPools("", async (main, searches) => {
      assert.ok(searches);
      const { sql, health } = searches;
      const hanging = Array.from({ length: 2 }, () =>
        sql`select pg_sleep(60)`.then(
          () =>
            assert.fail("it ends before"),
          (error: unknown) => error,
        ));
      const late = sql`select 1 as one`;
      const rows = await main.sql`select 1 as one`;
      assert.deepEqual([...rows], [{ one: 1 }]);
      assert.equal(health().running, 2);
      for (const error of await Promise.all(hanging)) {
        assert.ok(isTooLong(error), String(error));
        const { error: name, msg } = toAppError(error);
        assert.equal(name, "DATABASE_UNAVAILABLE");
        assert.match(msg, /查询的时间太长/);
      }
      assert.deepEqual([...await late], [{ one: 1 }]);
    }),
});

Deno.test({
  name: "A limit of connections is kept, and too small a one is shared",
  // A pooler has connections of its own to the server.
  ignore: !onRealPostgres || Deno.env.has("TEST_POOLER_URL"),
  fn: async () => {
    const open = async ({ sql }: Database) => {
      await Promise.all(
        Array.from({ length: 8 }, () => sql`select pg_sleep(0.05)`),
      );
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and application_name = 'counted'`;
      return row?.count;
    };
    const named = "?application_name=counted&connection_limit=";
    await withPools(`${named}3`, async (main, searches) => {
      assert.equal(searches, null);
      assert.equal(await open(main), 3);
    });
    await withPools(`${named}5`, async (main, searches) => {
      assert.ok(searches);
      await open(searches);
      assert.equal(await open(main), 5);
    });
  },
});

Deno.test("The embedded database is one session: searches share it", () => {
  assert.equal(openForSearches(null), null);
});

Deno.test("Searches and lists of all orders go there, somebody's own orders do not", () =>
  withDatabase(async ({ sql, url }) => {
    const closed = await openDatabase({
      url: new Secret(url),
      dataDir: "unused",
    });
    await closed.close();
    const orders = createOrders({
      sql,
      searching: closed.sql,
      staleReads: { read: (work) => work(closed.sql) },
      vault: createVault(new Secret("0123456789abcdef0123456789abcdef")),
      cache: createMemoryCache({ now: Date.now }),
      erp: null,
      spend: () => {},
      now: Date.now,
    });
    const own = await orders.list({ of: "d1", limit: 20 });
    assert.deepEqual(own.orders, []);
    const ended = /The database is closed/;
    await assert.rejects(orders.list({ of: null, limit: 20 }), ended);
    const search = { of: "d1", limit: 20, text: "滨江" };
    await assert.rejects(orders.list(search), ended);
  }));

Deno.test({
  name:
    "Nothing that people wait for starts processes of the server, or compiles",
  ignore: !onRealPostgres || throughPooler,
  fn: () =>
    withPools("", async ({ sql }, searches) => {
      assert.ok(searches);
      for (const pool of [sql, searches.sql]) {
        const [row] = await pool`
          select current_setting('max_parallel_workers_per_gather') as workers,
            current_setting('jit') as jit`;
        assert.deepEqual(row, { workers: "0", jit: "off" });
      }
    }),
});
