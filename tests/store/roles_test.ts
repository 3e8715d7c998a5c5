/** The roles of docs/deployment.md: what each may do, and that it is enough. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { schemaState } from "../../lib/store/schema_state.ts";
import { type Role, withRoles } from "./roles.ts";

const server = Deno.env.get("TEST_DATABASE_URL") ?? "";
const DENIED = { code: "42501" };

Deno.test({
  name:
    "The documented roles: the owner migrates, the app works, the backup reads",
  ignore: !server, // PGlite has one user.
  fn: () =>
    withRoles(server, async (database) => {
      const open: Database[] = [];
      const as = async (role: Role) => {
        const url = new Secret(database.as(role));
        const opened = await openDatabase({ url, dataDir: "", max: 1 });
        open.push(opened);
        return opened;
      };
      try {
        const owner = await as("owner");
        const app = await as("app");
        const backup = await as("backup");
        const all = await readMigrations();
        assert.equal((await migrate(owner.sql, all)).length, all.length);

        assert.deepEqual(await migrate(app.sql, all), []);
        assert.equal(await schemaState(app.sql), "current");
        await beginReading(app.sql, Date.now);
        const row = { key: "a", value: "b", expiresAt: new Date() };
        await app.sql`insert into cache_entry ${app.sql(row)}`;
        await app.sql`update cache_entry set value = 'c'`;
        await app.sql`delete from cache_entry`;
        for (
          const text of ["create table mine ()", "drop table cache_entry"]
        ) {
          await assert.rejects(app.sql.unsafe(text).execute(), DENIED);
        }

        await backup.sql`select from customer_order`;
        await assert.rejects(
          async () => await backup.sql`delete from cache_entry`,
          DENIED,
        );
      } finally {
        await Promise.all(open.map((one) => one.close()));
      }
    }),
});
