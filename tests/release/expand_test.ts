/**
 * Migrations expand: what the release before reads and writes must stay as it was,
 * since it goes on running on the new schema. What it no longer needs is taken
 * away one release later.
 */
import assert from "node:assert/strict";
import type { Sql } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { withDatabase } from "../support/database.ts";
import { emptied } from "./emptied.ts";
import { PREVIOUS } from "./previous.ts";

interface Column {
  place: string;
  type: string;
  required: boolean;
  filled: boolean;
}

/** Each column of the schema, by table and name. */
async function columnsOf(sql: Sql): Promise<Map<string, Column>> {
  const rows = await sql<Column[]>`
    select format('%s.%s', c.relname, a.attname) as place,
           format_type(a.atttypid, a.atttypmod) as type,
           a.attnotnull as required,
           a.atthasdef or a.attidentity <> '' as filled
    from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
      and a.attnum > 0 and not a.attisdropped
      and c.relname <> 'schema_migration'`;
  return new Map(rows.map((row) => [row.place, row]));
}

/**
 * What a table refuses: constraints and unique indexes, by table. A trigger is no
 * breach: it may carry over what the code before writes.
 */
async function rulesOf(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ name: string; table: string }[]>`
    select format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid)) as name,
           conrelid::regclass::text as "table"
    from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'x')
    union all
    select format('%s: %s', indrelid::regclass,
                  regexp_replace(pg_get_indexdef(indexrelid), '^.* USING ', 'unique ')),
           indrelid::regclass::text
    from pg_index join pg_class c on c.oid = indexrelid
    where c.relnamespace = 'public'::regnamespace and indisunique`;
  return new Map(rows.map(({ name, table }) => [name, table]));
}

async function sequencesOf(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind = 'S'`;
  return rows.map(({ name }) => name);
}

/** What would break the code that was written for the schema before. */
async function breaches(
  sql: Sql,
  expand: () => Promise<unknown>,
): Promise<string[]> {
  const before = {
    columns: await columnsOf(sql),
    rules: await rulesOf(sql),
    sequences: await sequencesOf(sql),
  };
  await expand();
  const columns = await columnsOf(sql);
  const rules = await rulesOf(sql);
  const sequences = new Set(await sequencesOf(sql));
  const found = before.sequences.filter((name) => !sequences.has(name));
  const tables = new Set<string>();
  for (const [place, was] of before.columns) {
    tables.add(place.split(".")[0] ?? "");
    const is = columns.get(place);
    if (!is) found.push(`${place} is gone`);
    else if (is.type !== was.type) found.push(`${place} is now ${is.type}`);
    else if (is.required && !was.required) found.push(`${place} is required`);
    else if (was.filled && !is.filled) found.push(`${place} has no default`);
  }
  for (const [place, { required, filled }] of columns) {
    const known = tables.has(place.split(".")[0] ?? "");
    if (known && !before.columns.has(place) && required && !filled) {
      found.push(`${place} is new and required`);
    }
  }
  for (const [rule, table] of rules) {
    if (tables.has(table) && !before.rules.has(rule)) {
      found.push(`new rule of ${rule}`);
    }
  }
  // What the code before says in `on conflict` must still be unique.
  for (const rule of before.rules.keys()) {
    if (rule.includes(": unique ") && !rules.has(rule)) {
      found.push(`${rule} is gone`);
    }
  }
  return found;
}

Deno.test("The schema has all that the release before reads and writes, as it was", () =>
  withDatabase(async ({ sql }) => {
    await emptied(sql);
    const all = await readMigrations();
    const old = all.filter(({ name }) => name <= PREVIOUS.migration);
    assert.equal(old.at(-1)?.name, PREVIOUS.migration);
    await migrate(sql, old);
    assert.deepEqual(await breaches(sql, () => migrate(sql, all)), []);
  }));

Deno.test("Each way of contracting is noticed", () =>
  withDatabase(async ({ sql }) => {
    await emptied(sql);
    await migrate(sql, [{
      name: "20990101000000_create_things.sql",
      text: `create table thing (id int primary key, a text, b text,
               c int not null default 0, unique (a));
             create sequence turn;`,
    }]);
    const table: [string, RegExp][] = [
      ["alter table thing drop column b", /thing\.b is gone/],
      ["alter table thing rename column b to d", /thing\.b is gone/],
      ["drop table thing", /thing\.a is gone/],
      ["alter table thing alter b type varchar(9)", /thing\.b is now/],
      ["alter table thing alter b set not null", /thing\.b is required/],
      ["alter table thing alter c drop default", /thing\.c has no default/],
      ["alter table thing add d int not null", /thing\.d is new and required/],
      ["alter table thing add check (c > 0)", /new rule of thing: CHECK/],
      ["create unique index on thing (b)", /new rule of thing: unique/],
      ["alter table thing drop constraint thing_a_key", /unique .* is gone/],
      ["drop sequence turn", /turn/],
    ];
    for (const [text, breach] of table) {
      const undo = new Error("undone");
      await sql.begin(async (sql) => {
        const inside = sql as unknown as Sql;
        const found = await breaches(inside, () => sql.unsafe(text).simple());
        assert.match(found.join("\n"), breach, text);
        throw undo;
      }).catch((error) => assert.equal(error, undo));
    }
    const harmless = `alter table thing add d int not null default 1;
      alter table thing add e text; create table other (a int not null);
      create index on thing (b)`;
    assert.deepEqual(
      await breaches(sql, () => sql.unsafe(harmless).simple()),
      [],
    );
  }));
