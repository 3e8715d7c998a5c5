/** The pool used as nobody should: no connection is lost, wedged or spoilt by it. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { onRealPostgres, withDatabase } from "../support/database.ts";

/** Runs `fn` with one connection: whatever is left on it, the next one meets. */
function withOne(
  fn: (database: Awaited<ReturnType<typeof openDatabase>>) => Promise<void>,
): Promise<void> {
  return withDatabase(async ({ url }) => {
    const database = await openDatabase({
      url: new Secret(url),
      dataDir: "unused",
      max: 1,
    });
    try {
      await fn(database);
      assert.deepEqual([...await database.sql`select 1 as one`], [{ one: 1 }]);
      assert.equal(database.health().running, 0);
    } finally {
      await database.close();
    }
  });
}

Deno.test("A transaction or savepoint that answers a list of queries runs them", () =>
  withOne(async ({ sql }) => {
    await sql`create table thing (id int)`;
    const insert = (id: number) => sql`insert into thing values (${id})`;
    await sql.begin((sql) => [
      sql`insert into thing values (1)`,
      sql.savepoint((sql) => [
        sql`insert into thing values (2)`,
        sql`insert into thing values (3)`,
      ]),
    ]);
    await insert(4);
    const rows = await sql`select id from thing order by id`;
    assert.deepEqual(rows.map((row) => row.id), [1, 2, 3, 4]);
  }));

Deno.test("A query that is cancelled before anybody wants its answer takes no connection", () =>
  withOne(async ({ sql }) => {
    const query = sql`select 1`;
    query.cancel();
    await assert.rejects(query, { code: "57014" });
  }));

Deno.test("A transaction that was opened in one text and failed there spoils nobody's next query", () =>
  withOne(async ({ sql }) => {
    await assert.rejects(sql.unsafe("begin; select nonsense").simple(), {
      code: "42703",
    });
    await assert.rejects(
      sql.unsafe("start  transaction; select nonsense").simple(),
      { code: "42703" },
    );
  }));

Deno.test({
  name:
    "What copies from or to the client is refused, and leaves no connection in it",
  // The embedded database knows no copying over its socket.
  ignore: !onRealPostgres,
  fn: () =>
    withOne(async ({ sql }) => {
      await sql`create table thing (id int)`;
      for (const text of ["copy thing to stdout", "copy thing from stdin"]) {
        await assert.rejects(sql.unsafe(text), /no streams/);
      }
    }),
});

Deno.test("Who closes a busy pool twice waits once", () =>
  withDatabase(async ({ url }) => {
    const { sql, close } = await openDatabase({
      url: new Secret(url),
      dataDir: "unused",
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = sql.begin(async (sql) => {
      await sql`select 1`;
      await promise;
      return "done";
    });
    const closed = Promise.all([close(), close()]);
    resolve();
    assert.equal(await work, "done");
    await closed;
  }));

Deno.test("In the embedded database a statement outside of a transaction that waits for it is told so at once", async () => {
  const dataDir = await Deno.makeTempDir();
  const { sql, close } = await openDatabase({ url: null, dataDir });
  try {
    await Promise.all([sql`select 1`, sql`select 2`, sql`select 3`]);
    await assert.rejects(
      sql.begin(async (inner) => {
        await inner`select 1`;
        await sql`select 2`;
      }),
      /waits for a statement outside of it/,
    );
    assert.deepEqual([...await sql`select 1 as one`], [{ one: 1 }]);
  } finally {
    await close();
    await Deno.remove(dataDir, { recursive: true });
  }
});
