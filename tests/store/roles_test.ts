/** The roles of docs/deployment.md: what each may do, and that it is enough. */
import assert from "node:assert/strict";
import postgres from "postgres";
import { Secret } from "../../lib/config/secret.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { schemaState } from "../../lib/store/schema_state.ts";

const server = Deno.env.get("TEST_DATABASE_URL") ?? "";
const DENIED = { code: "42501" };

/** The statements of the section, with a name of this test's own. */
async function documented(name: string): Promise<string[][]> {
  const text = await Deno.readTextFile(
    new URL("../../docs/deployment.md", import.meta.url),
  );
  const section = text.slice(
    text.indexOf("## Postgres"),
    text.indexOf("## Upgrading"),
  );
  const blocks = [...section.matchAll(/```sql\n(.*?)```/gs)];
  return blocks.map(([, sql = ""]) =>
    sql.replaceAll("groups", name).split(";").map((one) => one.trim())
      .filter(Boolean)
  );
}

Deno.test({
  name:
    "The documented roles: the owner migrates, the app works, the backup reads",
  ignore: !server, // PGlite has one user.
  fn: async () => {
    const name = `roles_${crypto.randomUUID().replaceAll("-", "")}`;
    const as = (role: string, password: string): Promise<Database> => {
      const url = new URL(server);
      Object.assign(url, { pathname: `/${name}`, username: role, password });
      return openDatabase({ url: new Secret(url.href), dataDir: "", max: 1 });
    };
    const inside = new URL(server);
    inside.pathname = `/${name}`;
    const admin = postgres(server, { max: 1, onnotice: () => {} });
    const open: Database[] = [];
    try {
      const [outer = [], inner = []] = await documented(name);
      for (const statement of outer) await admin.unsafe(statement);
      const there = postgres(inside.href, { max: 1 });
      for (const statement of inner) await there.unsafe(statement);
      await there.end();

      const owner = await as(`${name}_owner`, "OWNER_PASSWORD");
      const app = await as(`${name}_app`, "APP_PASSWORD");
      const backup = await as(`${name}_backup`, "BACKUP_PASSWORD");
      open.push(owner, app, backup);
      const all = await readMigrations();
      assert.equal((await migrate(owner.sql, all)).length, all.length);

      assert.deepEqual(await migrate(app.sql, all), []);
      assert.equal(await schemaState(app.sql), "current");
      await beginReading(app.sql, Date.now);
      const row = { key: "a", value: "b", expiresAt: new Date() };
      await app.sql`insert into cache_entry ${app.sql(row)}`;
      await app.sql`update cache_entry set value = 'c'`;
      await app.sql`delete from cache_entry`;
      for (const text of ["create table mine ()", "drop table cache_entry"]) {
        await assert.rejects(app.sql.unsafe(text).execute(), DENIED);
      }

      await backup.sql`select from customer_order`;
      await assert.rejects(
        async () => await backup.sql`delete from cache_entry`,
        DENIED,
      );
    } finally {
      await Promise.all(open.map((one) => one.close()));
      await admin.unsafe(`drop database if exists ${name} with (force)`);
      for (const role of ["owner", "app", "backup"]) {
        await admin.unsafe(`drop role if exists ${name}_${role}`);
      }
      await admin.end();
    }
  },
});
