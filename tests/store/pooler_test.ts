/**
 * Through a transaction pooler (PgBouncer 1.18): it is noticed by itself, and
 * then nothing depends on a session any more. Without Debian's `pgbouncer` these
 * tests are skipped; CI has it.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { withDatabase } from "../support/database.ts";
import {
  hasPooler,
  type PoolerOptions,
  startPooler,
} from "../support/pooler.ts";

const server = Deno.env.get("TEST_DATABASE_URL");

/** Runs `fn` with several pools of ours on one database, through a pooler. */
function throughPooler(
  name: string,
  options: PoolerOptions,
  fn: (open: () => Promise<Database>) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !server || !hasPooler,
    fn: () =>
      withDatabase(async ({ url }) => {
        const pooler = await startPooler(server ?? "", options);
        const far = new URL(url);
        far.port = String(pooler.port);
        const opened: Database[] = [];
        try {
          await fn(async () => {
            const database = await openDatabase({
              url: new Secret(far.href),
              dataDir: "unused",
              max: 10,
            });
            opened.push(database);
            return database;
          });
        } finally {
          await Promise.all(opened.map((one) => one.close()));
          await pooler.stop();
        }
      }),
  });
}

const KINDS: Record<string, PoolerOptions> = {
  "that refuses settings when a connection starts": {},
  "that takes such settings and forgets them": {
    ignore: ["idle_in_transaction_session_timeout"],
  },
};

for (const [kind, options] of Object.entries(KINDS)) {
  throughPooler(
    `through a pooler ${kind} many readers and writers get their own rows`,
    options,
    async (open) => {
      const pools = [await open(), await open()] as const;
      const [{ sql }] = pools;
      await sql`create table note (id int, text text)`;
      const asked = Array.from({ length: 300 }, async (_, at) => {
        const { sql } = pools[at % 2 === 0 ? 0 : 1];
        // Each text is a statement of its own: prepared ones would be mixed up.
        const [row] = await sql.unsafe<Record<string, number>[]>(
          `select $1::int as of_${at % 40}, pg_sleep(0.001)`,
          [at],
          { prepare: true },
        );
        assert.equal(Object.values(row ?? {})[0], at);
        if (at % 5 > 0) return;
        await sql.begin(async (sql) => {
          await sql`insert into note values (${at}, ${"a"})`;
          await sql`update note set text = ${"b"} where id = ${at}`;
        });
      });
      await Promise.all(asked);
      const rows = await sql`select id from note where text = 'b'`;
      assert.equal(rows.length, 60);
    },
  );
}

throughPooler(
  "through a pooler a transaction is ended by the server when it is left alone, and no session keeps the setting",
  {},
  async (open) => {
    const { sql } = await open();
    const setting = "idle_in_transaction_session_timeout";
    const [inside] = await sql.begin((sql) =>
      sql`select current_setting(${setting}) as value`
    );
    assert.equal(inside?.value, "30s");
    const [outside] = await sql`select current_setting(${setting}) as value`;
    assert.equal(outside?.value, "0");
  },
);

throughPooler(
  "through a pooler several machines migrate at once, and each file is applied once",
  { transactions: 4 },
  async (open) => {
    const files = (await readMigrations()).length;
    const more = Array.from({ length: 6 }, (_, at) => ({
      name: `2099010100000${at}_create_thing_${at}.sql`,
      text: `create table thing_${at} (id int)`,
    }));
    const machines = await Promise.all([open(), open(), open()]);
    const applied = await Promise.all(
      machines.map(({ sql }) => migrate(sql, more)),
    );
    assert.deepEqual(applied.flat().sort(), more.map(({ name }) => name));
    const { sql } = await open();
    const rows = await sql`select name from schema_migration`;
    assert.equal(rows.length, files + more.length);
  },
);

Deno.test({
  name:
    "without a pooler statements are prepared once, and a pooler that is named is believed",
  ignore: !server,
  fn: () =>
    withDatabase(async ({ url }) => {
      const direct = new URL(url);
      direct.port = new URL(server ?? "").port;
      for (
        const [query, prepared] of [["", 1], ["?pgbouncer=true", 0]] as const
      ) {
        const { sql, close } = await openDatabase({
          url: new Secret(direct.href + query),
          dataDir: "unused",
          max: 1,
        });
        for (let time = 0; time < 3; time++) {
          await sql`select ${time}::int as n`;
        }
        const found = await sql.unsafe(
          "select 1 from pg_prepared_statements where statement like '%as n'",
        );
        assert.equal(found.length, prepared, query);
        const [row] = await sql.begin((sql) =>
          sql`select current_setting('idle_in_transaction_session_timeout') as t`
        );
        assert.equal(row?.t, "30s", "a transaction that is left alone ends");
        await close();
      }
    }),
});
