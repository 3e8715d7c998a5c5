/** The rules of the pool, one by one: who is served, who waits, what is refused. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../lib/config/secret.ts";
import {
  type Database,
  isOutage,
  openDatabase,
} from "../../lib/store/database.ts";
import { createPool, type PoolOptions } from "../../lib/store/pool/pool.ts";
import { type DriverQuery, handlerOf } from "../../lib/store/pool/slot.ts";
import {
  onRealPostgres,
  throughPooler,
  withDatabase,
} from "../support/database.ts";

/** Runs `fn` with a pool of its own. */
function withPool(
  options: Partial<PoolOptions>,
  fn: (pool: Database, other: Database) => Promise<void>,
): Promise<void> {
  return withDatabase(async (other) => {
    const pool = createPool({
      max: 2,
      pooled: false,
      connect: ({ onclose }) =>
        postgres(other.url, {
          max: 1,
          fetch_types: false,
          onnotice: () => {},
          ...(onclose ? { onclose } : {}),
        }),
      ...options,
    });
    try {
      await fn(pool, other);
    } finally {
      await pool.close();
    }
  });
}

/** Through a pooler the server's processes are not those of our connections. */
function onlyDirect(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !onRealPostgres || throughPooler, fn });
}

/** The embedded database has one session only: two transactions take turns. */
function onlyReal(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: !onRealPostgres, fn });
}

Deno.test("The driver gives each query a handler of its own, and calls it when the answer is wanted: the pool stands on that", async () => {
  const sql = postgres("postgres://nobody@127.0.0.1:1/none", { max: 1 });
  const driver = handlerOf(sql);
  const query = sql`select ${1}` as unknown as DriverQuery;
  assert.equal(query.handler, driver);
  assert.equal(query.state, null);
  assert.equal(query.cancelled, null);
  assert.equal(query.active, false);
  for (const name of ["handler", "canceller", "resolve", "reject"]) {
    assert.ok(Object.hasOwn(query, name), name);
  }
  const given: unknown[] = [];
  query.handler = (one) => {
    given.push(one);
    one.resolve("an answer");
  };
  await null;
  assert.deepEqual(given, [], "nobody wants it yet");
  assert.equal(await query, "an answer");
  assert.deepEqual(given, [query]);
  // deno-lint-ignore pool/no-way-past -- it is what the pool refuses
  const cursor = sql`select`.cursor(2, () => {});
  assert.ok(Object.hasOwn(cursor, "cursorRows"));
  const { default: config } = await import("../../deno.json", {
    with: { type: "json" },
  });
  assert.equal(config.imports.postgres, "npm:postgres@3.4.9");
  await sql.end();
});

Deno.test("What goes past the pool is not there", () =>
  withPool({}, async ({ sql }) => {
    const past = [
      ...["reserve", "listen", "notify", "subscribe", "largeObject", "file"],
      ...["end", "close", "options", "parameters", "array", "typed", "types"],
    ];
    for (const name of past) assert.equal(name in sql, false, name);
    await sql.begin((sql) => {
      for (const name of past) assert.equal(name in sql, false, name);
      return Promise.resolve();
    });
  }));

Deno.test("A query runs when its answer is wanted, and parts of queries never do", () =>
  withPool({}, async ({ sql }) => {
    await sql`create table thing (id int)`;
    const lazy = sql`insert into thing values (1)`;
    const part = sql`where id = ${1} and ${sql`true`}`;
    const before = await sql`select * from thing`;
    assert.equal(before.length, 0);
    await lazy;
    const names = await sql`select ${sql("id")} from thing ${part}`;
    assert.deepEqual([...names], [{ id: 1 }]);
    await sql`insert into thing ${sql([{ id: 2 }, { id: 3 }])}`;
    const several = await sql.unsafe("select 1 as a; select 2 as b").simple();
    assert.equal(several.length, 2);
    const values = await sql`select id from thing where id = 3`.values();
    assert.deepEqual([...values], [[3]]);
    const seen: unknown[] = [];
    await sql`select id from thing order by id`.forEach((row) =>
      void seen.push(row.id)
    );
    assert.deepEqual(seen, [1, 2, 3]);
    const described = await sql`select id from thing`.describe();
    assert.equal(described.columns.length, 1);
    assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
  }));

Deno.test("A failed query gives its connection back, whatever failed", () =>
  withPool({ max: 1 }, async ({ sql }) => {
    await assert.rejects(sql`select nonsense`, { code: "42703" });
    await assert.rejects(
      sql`select ${undefined as unknown as string}`,
      { code: "UNDEFINED_VALUE" },
    );
    await assert.rejects(
      sql`select 1`.forEach(() => {
        throw new Error("the reader");
      }),
      /the reader/,
    );
    await assert.rejects(
      sql.begin(() => Promise.reject(new Error("the work"))),
      /the work/,
    );
    await assert.rejects(sql.begin("nonsense", () => Promise.resolve()));
    assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
  }));

Deno.test("A savepoint is undone alone, and the transaction goes on", () =>
  withPool({}, async ({ sql }) => {
    await sql`create table thing (id int)`;
    await sql.begin(async (sql) => {
      await sql`insert into thing values (1)`;
      await assert.rejects(sql.savepoint(async (sql) => {
        await sql`insert into thing values (2)`;
        throw new Error("not this");
      }));
      await sql.savepoint("named", (sql) => sql`insert into thing values (3)`);
    });
    const rows = await sql`select id from thing order by id`;
    assert.deepEqual(rows.map((row) => row.id), [1, 3]);
  }));

Deno.test("A transaction that is opened by hand is refused, and takes nothing of others with it", () =>
  withPool({ max: 1 }, async ({ sql }, other) => {
    await sql`create table thing (id int)`;
    for (
      const text of ["begin", "/* so */ start transaction", "select 1; begin"]
    ) {
      await sql.unsafe(text).catch(() => {});
      await sql`insert into thing values (1)`;
    }
    const [row] = await other.sql`select count(*)::int as count from thing`;
    assert.equal(row?.count, 3);
  }));

Deno.test("Cursors and streams are refused: they outlive their promise", () =>
  withPool({ max: 1 }, async ({ sql }) => {
    // deno-lint-ignore pool/no-way-past -- it is what the test is about
    const rows = sql`select 1`.cursor();
    await assert.rejects(async () => {
      for await (const row of rows) assert.fail(String(row));
    }, TypeError);
    // deno-lint-ignore pool/no-way-past -- it is what the test is about
    const stream = sql`copy (select 1) to stdout`.readable();
    await assert.rejects(stream, TypeError);
    assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
  }));

Deno.test("Who comes first is served first, statement or transaction", () =>
  withPool({ max: 1 }, async ({ sql, health }) => {
    const go = Promise.withResolvers<void>();
    const work: Promise<unknown>[] = [sql.begin(() => go.promise)];
    const order: number[] = [];
    for (let at = 0; at < 20; at++) {
      work.push(
        at % 3 === 0
          ? sql.begin(async (sql) => {
            await sql`select 1`;
            order.push(at);
          })
          : sql`select 1`.then(() => order.push(at)),
      );
      // A statement is asked a moment after it is written.
      for (let tick = 0; tick < 5; tick++) await null;
    }
    const { waiting, running } = health();
    assert.deepEqual({ waiting, running }, { waiting: 20, running: 1 });
    go.resolve();
    await Promise.all(work);
    assert.deepEqual(order, order.toSorted((a, b) => a - b));
    const { oldestWaiterMs, oldestRunnerMs } = health();
    assert.deepEqual([oldestWaiterMs, oldestRunnerMs], [0, 0]);
  }));

Deno.test("Nobody waits longer than the limit for a connection: then it is an outage", () =>
  withPool({ max: 1, limits: { waitMs: 60 } }, async ({ sql, health }) => {
    const go = Promise.withResolvers<void>();
    const holding = sql.begin(() => go.promise);
    await assert.rejects(
      sql`select 1`,
      (error) => isOutage(error) && /No connection came free/.test(`${error}`),
    );
    assert.ok(health().oldestRunnerMs >= 60, "and the holder is seen");
    assert.equal(health().waiting, 0);
    go.resolve();
    await holding;
    assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
  }));

onlyReal(
  "Transactions that all wait for a statement outside of them are told so",
  () =>
    withPool({ max: 2 }, async ({ sql }) => {
      const both = [
        Promise.withResolvers<void>(),
        Promise.withResolvers<void>(),
      ];
      const begun = Promise.all(both.map((one) => one.promise));
      const results = await Promise.allSettled(
        both.map((one) =>
          sql.begin(async (inner) => {
            await inner`select 1`;
            one.resolve();
            await begun;
            await sql`select 2`;
          })
        ),
      );
      const failed = results.filter((one) => one.status === "rejected");
      assert.equal(failed.length, 1, "the other one gets its connection");
      assert.match(String(failed[0]?.reason), /held by a transaction/);
      assert.equal(isOutage(failed[0]?.reason), false);
    }),
);

Deno.test("A transaction inside a transaction of the only connection is told so", () =>
  withPool({ max: 1 }, async ({ sql }) => {
    await assert.rejects(
      sql.begin(() => sql.begin((sql) => sql`select 1`)),
      /held by a transaction/,
    );
    // What a transaction has started and left behind is not inside of it.
    let later: Promise<unknown> = Promise.resolve();
    const go = Promise.withResolvers<void>();
    await sql.begin(() => {
      later = go.promise.then(() => sql.begin((sql) => sql`select 1`));
      return Promise.resolve();
    });
    go.resolve();
    await later;
  }));

onlyReal(
  "A statement outside of a transaction is fine while a connection is free",
  () =>
    withPool({ max: 2 }, async ({ sql }) => {
      const rows = await sql.begin(async () => await sql`select 1 as one`);
      assert.deepEqual([...rows], [{ one: 1 }]);
    }),
);

Deno.test("A query that is cancelled while it waits is never sent", () =>
  withPool({ max: 1 }, async ({ sql }) => {
    await sql`create table thing (id int)`;
    const go = Promise.withResolvers<void>();
    const holding = sql.begin(() => go.promise);
    const query = sql`insert into thing values (1)`.execute();
    const refused = assert.rejects(query, { code: "57014" });
    await Promise.resolve();
    query.cancel();
    go.resolve();
    await Promise.all([holding, refused]);
    assert.equal((await sql`select 1 from thing`).length, 0);
  }));

Deno.test("A closing pool serves who is there, and refuses who comes later", () =>
  withPool({ max: 1 }, async ({ sql, close }) => {
    const there = Promise.all([1, 2, 3].map((n) => sql`select ${n}::int as n`));
    await Promise.resolve();
    await Promise.resolve();
    const closing = close();
    await assert.rejects(sql`select 4`, isOutage);
    const rows = await there;
    assert.deepEqual(rows.map(([row]) => row?.n), [1, 2, 3]);
    await closing;
  }));

Deno.test("A closing pool does not wait for ever for what does not end", () =>
  withPool({ max: 1, limits: { closeMs: 50 } }, async ({ sql, close }) => {
    const never = sql.begin(() => new Promise(() => {}));
    const refused = assert.rejects(never, isOutage);
    await new Promise((go) => setTimeout(go, 20));
    await close();
    await refused;
  }));

onlyReal(
  "A query that is cancelled while it runs gives its connection back",
  () =>
    withPool({ max: 1 }, async ({ sql }) => {
      const query = sql`select pg_sleep(60)`.execute();
      const refused = assert.rejects(query, { code: "57014" });
      while ((query as unknown as DriverQuery).state === null) {
        await new Promise((go) => setTimeout(go, 5));
      }
      query.cancel();
      await refused;
      assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
    }),
);

onlyDirect(
  "When one connection breaks, the others of its time are given up",
  () =>
    withPool({ max: 2 }, async ({ sql }, other) => {
      const pids = async () => {
        const asked = [1, 2].map(() =>
          sql<{ pid: number }[]>`select pg_backend_pid() as pid, pg_sleep(0.02)`
        );
        return (await Promise.all(asked)).map(([row]) => row?.pid ?? 0);
      };
      const [one = 0, two = 0] = await pids();
      await other.sql`select pg_terminate_backend(${one})`;
      let there = 2;
      for (let look = 0; there > 0 && look < 300; look++) {
        await new Promise((go) => setTimeout(go, 10));
        there = (await other.sql`
        select 1 from pg_stat_activity where pid in (${one}, ${two})`).length;
      }
      assert.equal(there, 0);
      const fresh = await pids();
      assert.ok(!fresh.includes(one) && !fresh.includes(two));
    }),
);

onlyDirect(
  "Connections that nobody needs are given back, and come again",
  () =>
    withPool({ max: 2, limits: { idleMs: 20 } }, async ({ sql }, other) => {
      const own = async () => {
        const [row] = await sql<
          { pid: number }[]
        >`select pg_backend_pid() as pid`;
        return row?.pid ?? 0;
      };
      const pid = await own();
      const there = async () =>
        (await other.sql`
        select 1 from pg_stat_activity where pid = ${pid}
          and pid <> pg_backend_pid()`).length;
      while (await there() > 0) await new Promise((go) => setTimeout(go, 10));
      assert.ok(await own() > 0);
    }),
);

Deno.test("Arrays of every kind that the product sends and reads pass whole", () =>
  withDatabase(async ({ url }) => {
    const { sql, close } = await openDatabase({
      url: new Secret(url),
      dataDir: "unused",
      max: 1,
    });
    const odd = ['"', "\\", "{}", ",", "null", "", " 王 ", "a\nb", "'"];
    const at = new Date("2026-11-25T08:00:00.123Z");
    const [row] = await sql`select
      ${odd}::text[] as texts, ${[]}::text[] as none,
      ${[1, -2]}::int[] as numbers, ${["9007199254740993"]}::bigint[] as big,
      ${[at.toISOString()]}::timestamptz[] as times,
      array[true, null]::boolean[] as truths,
      array[array['a', 'b'], array['c', null]] as nested,
      array['{"a_b": [1]}']::jsonb[] as documents,
      array[1.5]::float8[] as parts, array[1.50]::numeric[] as exact`;
    await close();
    assert.deepEqual({ ...row }, {
      texts: odd,
      none: [],
      numbers: [1, -2],
      big: ["9007199254740993"],
      times: [at],
      truths: [true, null],
      nested: [["a", "b"], ["c", null]],
      documents: [{ a_b: [1] }],
      parts: [1.5],
      exact: ["1.50"],
    });
  }));
