/** Indexes on big tables: built beside writers, again after a cut, once by many. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { migrate } from "../../lib/store/migrate.ts";
import { onRealPostgres, withDatabase } from "../support/database.ts";

const TABLE = {
  name: "20990101000000_create_things.sql",
  text: "create table thing (a int); insert into thing values (1), (1), (2);",
};
const INDEX = {
  name: "20990102000000_index_things.concurrent.sql",
  text: `-- Found by a; unique from the second try on.
    create index concurrently if not exists thing_a
      on thing (a);\n`,
};
const AFTER = {
  name: "20990103000000_create_after.sql",
  text: "create table after_thing ()",
};

async function isValid(sql: Sql): Promise<unknown> {
  const [row] = await sql`
    select indisvalid from pg_index
    where indexrelid = to_regclass('thing_a')`;
  return row?.indisvalid;
}

Deno.test("It is built in its turn, and once", () =>
  withDatabase(async ({ sql }) => {
    const all = [TABLE, INDEX, AFTER];
    assert.deepEqual(await migrate(sql, all), all.map(({ name }) => name));
    assert.equal(await isValid(sql), true);
    assert.deepEqual(await migrate(sql, all), []);
  }));

Deno.test("What a cut left behind is dropped and built again", () =>
  withDatabase(async ({ sql }) => {
    await migrate(sql, [TABLE]);
    // A build that fails in the middle leaves the same as one that is cut.
    await assert.rejects(
      sql.unsafe("create unique index concurrently thing_a on thing (a)")
        .simple(),
    );
    assert.equal(await isValid(sql), false);
    assert.deepEqual(await migrate(sql, [TABLE, INDEX]), [INDEX.name]);
    assert.equal(await isValid(sql), true);
  }));

Deno.test("One that cannot be built is no applied migration, and is tried again", () =>
  withDatabase(async ({ sql }) => {
    const unique = {
      ...INDEX,
      text: INDEX.text.replace("create index", "create unique index"),
    };
    await assert.rejects(migrate(sql, [TABLE, unique, AFTER]), /thing_a/);
    await sql`delete from thing where a = 1`;
    assert.deepEqual(await migrate(sql, [TABLE, unique, AFTER]), [
      unique.name,
      AFTER.name,
    ]);
  }));

Deno.test("A file that is no such statement is refused", () =>
  withDatabase(async ({ sql }) => {
    await migrate(sql, [TABLE]);
    const texts = [
      "create index if not exists thing_a on thing (a)",
      "create index concurrently thing_a on thing (a)",
      `${INDEX.text} drop table thing;`,
      "",
    ];
    for (const text of texts) {
      await assert.rejects(migrate(sql, [{ ...INDEX, text }]), /must be one/);
    }
    assert.equal(await isValid(sql), undefined);
  }));

Deno.test("Several machines at once end with one valid index", () =>
  withDatabase(async ({ sql, url }) => {
    await migrate(sql, [TABLE]);
    const machines = await Promise.all(
      Array.from(
        { length: 4 },
        () => openDatabase({ url: new Secret(url), dataDir: "", max: 1 }),
      ),
    );
    try {
      const applied = await Promise.all(
        machines.map(({ sql }) => migrate(sql, [TABLE, INDEX, AFTER])),
      );
      assert.deepEqual(applied.flat().sort(), [INDEX.name, AFTER.name]);
      assert.equal(await isValid(sql), true);
    } finally {
      await Promise.all(machines.map((one) => one.close()));
    }
  }));

Deno.test({
  name: "Rows are written while it is built, and another machine waits for it",
  ignore: !onRealPostgres, // PGlite has one session: nothing happens beside it.
  fn: () =>
    withDatabase(async ({ sql, url }) => {
      await migrate(sql, [TABLE]);
      const builders = await Promise.all([0, 1].map(() =>
        openDatabase({ url: new Secret(url), dataDir: "", max: 1 })
      ));
      const building = Promise.withResolvers<void>();
      // The build waits for a transaction that wrote before it began.
      const older = sql.begin(async (sql) => {
        await sql`insert into thing values (3)`;
        await building.promise;
      });
      try {
        const builds = builders.map(({ sql }) =>
          migrate(sql, [TABLE, INDEX])
        );
        while (!await isBuilding(sql)) await briefly();
        await sql`insert into thing values (4)`;
        building.resolve();
        await older;
        assert.deepEqual((await Promise.all(builds)).flat(), [INDEX.name]);
        assert.equal(await isValid(sql), true);
      } finally {
        building.resolve();
        await older;
        await Promise.all(builders.map((one) => one.close()));
      }
    }),
});

async function isBuilding(sql: Sql): Promise<boolean> {
  const rows = await sql`
    select from pg_stat_progress_create_index
    where datname = current_database() and relid = 'thing'::regclass`;
  return rows.length > 0;
}

function briefly(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
