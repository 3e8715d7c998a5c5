/** Migrations: again, at once, changed, and failing in the middle. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { schemaState } from "../../lib/store/schema_state.ts";
import { withDatabase } from "../support/database.ts";

const FIRST = {
  name: "20990101000000_create_first.sql",
  text: "create table first_thing (a int); create table second_thing (b int);",
};

Deno.test("What is applied is not applied again", () =>
  withDatabase(async ({ sql }) => {
    assert.deepEqual(await migrate(sql, await readMigrations()), []);
    assert.deepEqual(await migrate(sql, [FIRST]), [FIRST.name]);
    assert.deepEqual(await migrate(sql, [FIRST]), []);
    const windows = { ...FIRST, text: FIRST.text.replaceAll("\n", "\r\n") };
    assert.deepEqual(
      await migrate(sql, [windows]),
      [],
      "line ends do not count",
    );
  }));

Deno.test("Several machines at once apply each file once", () =>
  withDatabase(async ({ url }) => {
    const many = Array.from(
      { length: 4 },
      () => openDatabase({ url: new Secret(url), dataDir: "", max: 1 }),
    );
    const databases = await Promise.all(many);
    try {
      const applied = await Promise.all(
        databases.map(({ sql }) => migrate(sql, [FIRST])),
      );
      assert.deepEqual(applied.flat(), [FIRST.name]);
    } finally {
      await Promise.all(databases.map((one) => one.close()));
    }
  }));

Deno.test("A file that was changed after it had been applied stops the run", () =>
  withDatabase(async ({ sql }) => {
    await migrate(sql, [FIRST]);
    const changed = { ...FIRST, text: `${FIRST.text} drop table first_thing;` };
    const next = {
      name: "20990102000000_create_next.sql",
      text: "create table next_thing ()",
    };
    await assert.rejects(migrate(sql, [changed, next]), /create_first\.sql/);
    const found =
      await sql`select to_regclass('next_thing') as next, to_regclass('first_thing')::text as first`;
    assert.deepEqual({ ...found[0] }, { next: null, first: "first_thing" });
  }));

Deno.test("A file that fails leaves nothing behind, and the files before it stay", () =>
  withDatabase(async ({ sql }) => {
    const broken = {
      name: "20990102000000_create_broken.sql",
      text:
        "create table half_thing (a int); insert into half_thing values ('x');",
    };
    await assert.rejects(migrate(sql, [FIRST, broken]));
    const [row] = await sql`
      select to_regclass('half_thing') as half, to_regclass('first_thing')::text as first`;
    assert.deepEqual({ ...row }, { half: null, first: "first_thing" });
    const mended = { ...broken, text: "create table half_thing (a int)" };
    assert.deepEqual(await migrate(sql, [FIRST, mended]), [mended.name]);
  }));

Deno.test("The files that are there have the names the order depends on", async () => {
  const migrations = await readMigrations();
  assert.ok(migrations.length > 0);
  for (const { name } of migrations) {
    assert.match(name, /^\d{14}_[a-z]+(_[a-z]+)+(\.concurrent)?\.sql$/);
  }
  assert.deepEqual(
    migrations.map((one) => one.name),
    migrations.map((one) => one.name).sort(),
  );
});

Deno.test("The schema is older, current or newer than the code", () =>
  withDatabase(async ({ sql }) => {
    const ours = await readMigrations();
    assert.equal(await schemaState(sql), "current");
    assert.equal(await schemaState(sql, [...ours, FIRST]), "older");
    assert.equal(await schemaState(sql, ours.slice(0, -1)), "newer");
    const aside = [...ours.slice(0, -1), FIRST];
    assert.equal(await schemaState(sql, aside), "older", "on another branch");
    await sql`alter table schema_migration rename to other_list`;
    assert.equal(await schemaState(sql), "older", "nothing was ever applied");
  }));

Deno.test("A role without rights migrates when nothing is missing, else is told who may", () =>
  withDatabase(async ({ sql, url }) => {
    const role = `least_${crypto.randomUUID().replaceAll("-", "")}`;
    await sql.unsafe(
      `create role ${role}; revoke create on schema public from public;
       grant select on all tables in schema public to ${role}`,
    ).simple();
    const least = await openDatabase({
      url: new Secret(url),
      dataDir: "",
      max: 1,
    });
    try {
      await least.sql.unsafe(`set role ${role}`);
      const ours = await readMigrations();
      assert.deepEqual(await migrate(least.sql, ours), []);
      assert.equal(await schemaState(least.sql), "current");
      await assert.rejects(
        migrate(least.sql, [...ours, FIRST]),
        /1 个迁移尚未应用.*角色/,
      );
    } finally {
      // PGlite is one session for all.
      await least.sql`reset role`;
      await least.close();
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`).simple();
    }
  }));
