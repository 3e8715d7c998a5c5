/** The roles of docs/deployment.md: what each may do, and that it is enough. */
import assert from "node:assert/strict";
import { audit } from "../../lib/audit/audit.ts";
import { chainAudit } from "../../lib/audit/chain.ts";
import { cutAudit } from "../../lib/audit/cut.ts";
import { verifyAudit } from "../../lib/audit/verify.ts";
import { Secret } from "../../lib/config/secret.ts";
import { silentLog } from "../../lib/http/log.ts";
import {
  type Database,
  openDatabase,
  type Sql,
} from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { schemaState } from "../../lib/store/schema_state.ts";
import { type Role, withRoles } from "./roles.ts";

const server = Deno.env.get("TEST_DATABASE_URL") ?? "";
const DENIED = { code: "42501" };

const cut = (sql: Sql) =>
  cutAudit(
    { sql, now: Date.now, log: silentLog },
    new Date(Date.now() + 60_000),
    "test",
  );

/** The app writes the audit log and chains it; it has no way to cut it. */
async function onlyAdds(sql: Sql): Promise<void> {
  const entry = { actor: "d1", action: "group.link", outcome: "done" } as const;
  await audit(sql, Date.now, entry);
  assert.equal(await chainAudit({ sql, now: Date.now, log: silentLog }), 1);
  await assert.rejects(cut(sql), DENIED);
  for (
    const text of [
      `insert into audit_checkpoint
        select seq, hash, now(), 'task', seq from audit_head`,
      "update audit_log set actor = 'x'",
      "delete from audit_log",
      "delete from audit_chain",
    ]
  ) {
    await assert.rejects(sql.unsafe(text).execute(), DENIED, text);
  }
}

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

        await database.migrated();
        await onlyAdds(app.sql);
        assert.equal(await cut(owner.sql), 1);
        assert.equal((await verifyAudit(app.sql)).kind, "sound");

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
