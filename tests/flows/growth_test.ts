/**
 * No page and no flow reads a big table from its beginning to its end. Postgres
 * itself is asked what it read; the embedded database counts nothing.
 */
import assert from "node:assert/strict";
import type { Sql } from "../../lib/store/database.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { onRealPostgres } from "../support/database.ts";
import { order, pushAll, world } from "../support/company.ts";
import { letSleep } from "../support/statements.ts";

const ROWS = 20_000;
/** Plans are made anew for the first five runs, and may be others afterwards. */
const RUNS = 7;
const CONNECTIONS = 10;

/** As many orders, contacts and groups as a company has after some time. */
async function grow(sql: Sql): Promise<void> {
  const n = sql`generate_series(1, ${ROWS}::int) as n`;
  const who = sql`'s' || n % 500`;
  const statements = [
    sql`insert into staff (wx_user_id, name, role, updated_at)
      select ${who}, '员工', 'designer', now() from ${n} where n <= 500`,
    sql`insert into contact
      select 'wm' || n, '客户' || n, null, 'wechat', now() from ${n}`,
    sql`insert into contact_follow select ${who}, 'wm' || n, '', null, now(), 1
      , null, now() from ${n}`,
    sql`insert into contact_phone
      select ${who}, 'wm' || n, md5(n::text), '' from ${n}`,
    sql`insert into customer_order (order_id, order_no, customer_name,
        phone_sealed, phone_hashes, shared_hashes, phone_rules,
        designer_wx_user_id, created_at, updated_at)
      select 'o' || n, 'o' || n, '客户' || n, '', array[md5(n::text)], '{}', 0,
        ${who}, now() - n * interval '1 hour', now() from ${n}`,
    sql`insert into chat (chat_id, order_id, name, owner, created_at, bound_at,
        synced_at)
      select 'wr' || n, case n % 2 when 0 then 'o' || n end, '服务群', ${who},
        now(), now(), now() from ${n}`,
    sql`insert into chat_member (chat_id, member_id, type, name, joined_at,
        join_scene)
      select 'wr' || n, ${who}, 'member', '', now(), '1' from ${n}
      union all
      select 'wr' || n, 'wm' || n, 'external', '', now(), '1' from ${n}`,
    sql`insert into group_intent (intent_id, order_id, created_by,
        customer_external_user_id, user_ids, external_user_ids, group_name,
        state, chat_id, expires_at, created_at, updated_at)
      select 'i' || n, 'o' || n, ${who}, 'wm' || n, array[${who}],
        array['wm' || n], '服务群',
        case n % 2 when 0 then 'active' else 'cancelled' end,
        case n % 2 when 0 then 'wr' || n end, now(), now(), now() from ${n}`,
    sql`insert into customer_decision (order_id, external_user_id, source,
        decided_by, decided_at)
      select 'o' || n, 'wm' || n, 'group', ${who}, now() from ${n}`,
    sql`analyze`,
  ];
  for (const statement of statements) await statement;
}

/** Rows that were read one after the other, by table. */
async function rowsRead(sql: Sql): Promise<Map<string, number>> {
  // Each connection tells what it read when it is asked to.
  await Promise.all(
    Array.from(
      { length: CONNECTIONS },
      () => sql`select pg_stat_force_next_flush(), pg_sleep(0.05)`,
    ),
  );
  const rows = await sql<{ relname: string; seqTupRead: string }[]>`
    select relname, seq_tup_read from pg_stat_user_tables`;
  return new Map(rows.map((row) => [row.relname, Number(row.seqTupRead)]));
}

async function readWhole(sql: Sql, ask: () => Promise<void>) {
  const before = await rowsRead(sql);
  for (let run = 0; run < RUNS; run++) await ask();
  const after = await rowsRead(sql);
  return [...after].filter(([table, rows]) =>
    rows - (before.get(table) ?? 0) >= ROWS / 2
  ).map(([table]) => table);
}

function asks(app: TestApp): [name: string, ask: () => Promise<void>][] {
  const flow = (as: string, flowId: string, input = {}) => async () => {
    const answer = await app.as(as).flow(flowId, input);
    assert.equal(answer.status, 200, JSON.stringify(answer));
  };
  const page = (as: string, path: string) => async () => {
    const response = await app.as(as).fetch(path);
    assert.equal(response.status, 200, await response.text());
  };
  return [
    ["order.get", flow("d1", "order.get", { orderId: "O1" })],
    ["customer.match", flow("d1", "customer.match", { orderId: "O1" })],
    ["group.get", flow("d1", "group.get", { orderId: "O1" })],
    ["contacts.list", flow("d1", "contacts.list", {})],
    ["orders.list", flow("d1", "orders.list", { limit: 100 })],
    ["orders.list of all", flow("op", "orders.list", { limit: 100 })],
    [
      "orders.list with groups",
      flow("op", "orders.list", { limit: 100, state: "with_group" }),
    ],
    [
      "orders.list without groups",
      flow("op", "orders.list", { limit: 100, state: "without_group" }),
    ],
    ["an order without a match", page("op", "/orders/o1/group")],
    ["an order", page("d1", "/orders/O2/group")],
    ["an order with a group", page("d1", "/orders/O1/group")],
    ["the list", page("d1", "/")],
  ];
}

Deno.test({
  name: "No page and no flow reads a big table whole",
  ignore: !onRealPostgres,
  async fn() {
    const { seed, ids } = world();
    const clock = { now: Date.now() };
    await withApp({ seed, now: () => clock.now }, async (app) => {
      const { services: { sql }, sandbox } = app;
      await pushAll(app, [order(), order({ orderId: "O2" })]);
      const chatId = sandbox.world.staffCreatesChat({
        userId: "d1",
        groupName: "王女士的家",
        userIds: ["p1"],
        externalUserIds: ids,
      });
      // WeCom's own data lags behind a creation.
      clock.now += 60_000;
      const link = { orderId: "O1", chatId };
      const linked = await app.as("d1").flow("group.link", link);
      assert.equal(linked.status, 200, JSON.stringify(linked));
      letSleep(app);
      await grow(sql);
      for (const [name, ask] of asks(app)) {
        await ask();
        assert.deepEqual(await readWhole(sql, ask), [], name);
      }
    });
  },
});
