/** 重置 leaves of the sandbox what its first start had, and nothing of a company's. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { EMPTIED, emptySandbox } from "../../lib/owner/empty_sandbox.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import {
  onRealPostgres,
  type TestDatabase,
  withDatabase,
} from "../support/database.ts";
import { withLocked } from "../support/locks.ts";

const sleep = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));
/** What says whose the database is, and what can be fetched again. */
const KEPT = [
  "cache_entry",
  "data_key_canary",
  "database_owner",
  "schema_migration",
];

async function countAll(sql: Sql): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of EMPTIED) {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from ${sql(table)}`;
    counts[table] = row?.n ?? 0;
  }
  return counts;
}

function press(app: TestApp, action: string): Promise<Response> {
  return app.handler(
    new Request(`${ORIGIN}/sandbox/console`, {
      method: "POST",
      headers: { origin: ORIGIN },
      body: new URLSearchParams({ action }),
    }),
  );
}

Deno.test("重置 empties the product's records, and who is signed in goes on", async () => {
  await withApp({}, async (app) => {
    const { services: { sql }, sandbox: { world } } = app;
    const before = await countAll(sql);
    const chats = world.state.chats.size;
    const orderId = "demo-xh2611001";
    const designer = app.as("chenjing");
    const { data } = await designer.flow("customer.match", { orderId });
    const [customer] = data.candidates as { externalUserId: string }[];
    const prepared = await designer.flow("group.prepare", {
      orderId,
      customerExternalUserId: customer?.externalUserId,
    });
    assert.equal(prepared.status, 200, prepared.msg);
    await sql`
      insert into company_setting (name, value, changed_by, changed_at)
      values ('reminders', 'false', 'x', now())`;
    world.run("staffCreatesChat", {
      userId: "chenjing",
      groupName: "试出来的群",
      userIds: [],
      externalUserIds: [],
    });
    assert.notDeepEqual(await countAll(sql), before);

    // Both taps of an impatient person.
    const answers = await Promise.all([
      press(app, "reset"),
      press(app, "reset"),
    ]);
    for (const answer of answers) {
      assert.equal(answer.status, 303);
      assert.match(answer.headers.get("location") ?? "", /said=reset/);
    }
    assert.deepEqual(await countAll(sql), before);
    assert.equal(world.state.chats.size, chats);
    const list = await designer.fetch("/");
    assert.equal(list.status, 200);
    assert.match(await list.text(), /王建国/);
  });
});

async function marked(database: TestDatabase, mode: string) {
  const { sql } = database;
  await sql`insert into database_owner ${sql({ mode, corpId: "ww1" })}`;
  await sql`
    insert into company_setting (name, value, changed_by, changed_at)
    values ('welcomeText', '"您好"', 'x', now())`;
  const rows = async () => (await sql`select 1 from company_setting`).length;
  return { sql, rows };
}

Deno.test("The records of a company, or of nobody, are never emptied", () =>
  withDatabase(async (database) => {
    const { sql, rows } = await marked(database, "wecom");
    await assert.rejects(emptySandbox({ sql, sleep }), /Only the sandbox's/);
    await sql`delete from database_owner`;
    await assert.rejects(emptySandbox({ sql, sleep }), /Only the sandbox's/);
    assert.equal(await rows(), 1);
  }));

Deno.test("Each table is emptied, or says whose the database is", () =>
  withDatabase(async ({ sql }) => {
    const tables = await sql<{ name: string }[]>`
      select tablename::text as name from pg_tables
      where schemaname = 'public' order by 1`;
    assert.deepEqual(
      tables.map(({ name }) => name),
      [...EMPTIED, ...KEPT].sort(),
    );
  }));

Deno.test("A reset waits for a transaction, and ends none", () =>
  withDatabase(async (database) => {
    const { sql, rows } = await marked(database, "sandbox");
    await withLocked(database.url, "customer_order", async (release) => {
      const emptied = emptySandbox({
        sql,
        sleep(ms) {
          release();
          return sleep(ms);
        },
      });
      // The embedded database serves one transaction after the other.
      if (!onRealPostgres) release();
      assert.equal(await emptied, "done");
    });
    assert.equal(await rows(), 0);
  }));

Deno.test({
  name: "Tables that stay locked leave everything as it was",
  ignore: !onRealPostgres,
  fn: () =>
    withDatabase(async (database) => {
      const { sql, rows } = await marked(database, "sandbox");
      await withLocked(database.url, "chat", async () => {
        const at = Promise.resolve();
        assert.equal(await emptySandbox({ sql, sleep: () => at }), "busy");
        assert.equal(await rows(), 1);
      });
    }),
});

Deno.test("A role that does not own the tables changes nothing", () =>
  withDatabase(async (database) => {
    const { sql, rows } = await marked(database, "sandbox");
    const role = `app_${crypto.randomUUID().replaceAll("-", "")}`;
    await sql.unsafe(
      `create role ${role};
       grant select, insert, update, delete on all tables in schema public
         to ${role}`,
    ).simple();
    const app = await openDatabase({
      url: new Secret(database.url),
      dataDir: "",
      max: 1,
    });
    try {
      await app.sql.unsafe(`set role ${role}`);
      assert.equal(await emptySandbox({ sql: app.sql, sleep }), "refused");
    } finally {
      // PGlite is one session for all.
      await app.sql`reset role`;
      await app.close();
      await sql.unsafe(`drop owned by ${role}; drop role ${role}`).simple();
    }
    assert.equal(await rows(), 1);
  }));
