/**
 * Numbers that people typed where no number belongs are shown to nobody and not
 * stored; a whole number is told on purpose, counted and written down; and who asks
 * to be forgotten is, while the record of the group stands.
 */
import assert from "node:assert/strict";
import { hideMobiles, withoutNumbers } from "../../lib/contacts/masked.ts";
import { eraseOrder } from "../../lib/orders/erase.ts";
import { onRealPostgres, throughPooler } from "../support/database.ts";
import { until } from "../support/standby.ts";
import {
  order,
  PHONE,
  prepare,
  pushAll,
  type StubbedApp,
  withStubbedApp,
} from "../support/company.ts";

const TYPED = "13955556666";

/** Every text that the database holds. */
async function dump({ app }: StubbedApp): Promise<string> {
  const { sql } = app.services;
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`;
  const texts = await Promise.all(
    tables.map(async ({ name }) =>
      JSON.stringify(await sql`select * from ${sql(name)}`)
    ),
  );
  return texts.join("\n");
}

const typed = (over: Record<string, unknown> = {}) =>
  order({
    orderNo: `SO-${TYPED}`,
    customerName: `王女士 ${TYPED}`,
    customers: [{
      name: `李先生１３９ ５５５５ ６６６６`,
      phone: "13911112222",
    }],
    ...over,
  });

Deno.test("A number in a name, a remark or an order's number is in no answer, page, log or table", () =>
  withStubbedApp(async (scene) => {
    const { app, stub } = scene;
    stub.contacts.clear();
    stub.follow("d1", "wm1", `王女士${TYPED}`, [PHONE]);
    await pushAll(app, [typed()]);
    const said: string[] = [];
    const d1 = app.as("d1");
    for (
      const [flow, input] of [
        ["order.get", { orderId: "O1" }],
        ["orders.list", {}],
        ["customer.match", { orderId: "O1" }],
        ["contacts.list", {}],
        ["group.preview", { orderId: "O1", customerExternalUserId: "wm1" }],
      ] as const
    ) {
      const answer = await d1.flow(flow, input);
      assert.equal(answer.status, 200, JSON.stringify(answer));
      said.push(JSON.stringify(answer.data));
    }
    const { groupName, intentId } = await prepare(app, "wm1");
    said.push(groupName);
    for (const path of ["/", "/orders/O1/group"]) {
      said.push(await (await d1.fetch(path)).text());
    }
    // A colleague names the group after the customer, with the number.
    const chatId = stub.create("d1", `王女士 ${TYPED}`, ["d1", "p1"], ["wm1"]);
    const recorded = await d1.flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    assert.equal(recorded.data.status, "active", JSON.stringify(recorded));
    said.push(JSON.stringify(recorded.data));
    said.push(JSON.stringify(await d1.flow("group.get", { orderId: "O1" })));
    said.push(await (await d1.fetch("/orders/O1/group")).text());
    // What a refusal tells is told, too.
    await pushAll(app, [
      typed({ orderId: "O2", customerPhone: "13911112222" }),
    ]);
    const taken = await d1.flow("group.link", { orderId: "O2", chatId });
    assert.notEqual(taken.status, 200);
    said.push(JSON.stringify(taken));
    stub.follow("d1", "wm2", `李先生 139-5555 6666`, ["13911112222"]);
    const linked = await d1.flow("customer.link", {
      orderId: "O2",
      externalUserId: "wm2",
    });
    assert.equal(linked.status, 200, JSON.stringify(linked));
    said.push(JSON.stringify(linked));
    said.push(app.logText());
    for (const text of said) {
      assert.doesNotMatch(text, /139[ -]?5555[ -]?6666|１３９/);
      assert.ok(!text.includes(PHONE));
    }
    const stored = (await dump(scene)).replaceAll(
      // WeCom's own name of a group is how it is found again.
      `王女士 ${TYPED}`,
      "",
    );
    assert.doesNotMatch(stored, /13955556666|１３９/);
    assert.ok(!stored.includes(PHONE));
  }));

Deno.test("Only mobile numbers are taken for a person's in the number of an order, and ids are left alone", () => {
  assert.equal(hideMobiles("SO-13955556666"), "SO-139****6666");
  assert.equal(hideMobiles("+86 139 5555 6666"), "139****6666");
  for (const own of ["20261122000139", "0571-88888888", "139555566661"]) {
    assert.equal(hideMobiles(own), own);
  }
  const answer = {
    chatId: `wr${TYPED}`,
    groupName: `群 ${TYPED}`,
    members: [{ id: TYPED, name: TYPED }],
    qrCode: `https://x/${TYPED}`,
    next: { path: `/orders/${TYPED}/group` },
    subject: `msg-${TYPED}`,
    orderNo: "HZ-139-2026-0001",
    at: null,
  };
  assert.deepEqual(withoutNumbers(answer), {
    ...answer,
    groupName: "群 139****6666",
    members: [{ id: TYPED, name: "139****6666" }],
  });
  for (
    const spelled of [
      "139 5555 6666",
      "139-5555-6666",
      "+8613955556666",
      "+86 139 5555 6666",
      "１３９５５５５６６６６",
      "１３９　５５５５　６６６６",
    ]
  ) {
    const { name } = withoutNumbers({ name: `王 ${spelled}。` });
    assert.equal(name, "王 139****6666。", spelled);
  }
});

Deno.test("The company's own number in the welcome is told and saved as it is", () =>
  withStubbedApp(async ({ app }) => {
    await pushAll(app, [order()]);
    const welcome = `您好，客服电话 ${TYPED}`;
    const read = async () => {
      const { data } = await app.as("ad").flow("settings.get");
      return data.values as Record<string, unknown>;
    };
    const save = async (values: Record<string, unknown>) =>
      assert.equal(
        (await app.as("ad").flow("settings.save", values)).status,
        200,
      );
    await save({ ...await read(), welcome });
    await save(await read());
    assert.equal((await read()).welcome, welcome);
  }));

Deno.test("A whole number is told to who works on the order, counted, and written down", () =>
  withStubbedApp(async ({ app }) => {
    await pushAll(app, [typed()]);
    const reveal = (person: string) =>
      app.as(person).flow("customer.reveal", { orderId: "O1" });
    const { data, headers } = await reveal("d1");
    assert.deepEqual(data.customers, [
      { name: "王女士 ****", phone: PHONE },
      { name: "李先生****", phone: "13911112222" },
    ]);
    assert.match(headers.get("cache-control") ?? "", /no-store/);
    assert.equal((await reveal("d2")).error, "ORDER_NOT_FOUND");
    for (let n = 1; n < 30; n++) assert.equal((await reveal("d1")).status, 200);
    const late = await reveal("d1");
    assert.equal(late.error, "RATE_LIMITED");
    assert.equal((await reveal("p1")).status, 200, "each person by themselves");
    const rows = await app.services.sql`
      select actor, outcome, count(*)::int from audit_log
      where action = 'customer.reveal' and order_id = 'O1'
      group by 1, 2 order by 1, 2`;
    assert.deepEqual(rows.map((row) => [row.actor, row.outcome, row.count]), [
      ["d1", "done", 30],
      ["d1", "refused", 1],
      ["d2", "refused", 1],
      ["p1", "done", 1],
    ]);
    assert.ok(!app.logText().includes(PHONE));
  }));

Deno.test("Who asks to be forgotten is, and stays so when the ERP pushes and WeCom lists again", () =>
  withStubbedApp(async (scene) => {
    const { app, stub } = scene;
    const other = { orderId: "O9", customerName: "另一位" };
    await pushAll(app, [order(), order(other)]);
    const { intentId } = await prepare(app, "wm1");
    const chatId = stub.create("d1", "客户群", ["d1", "p1"], ["wm1"]);
    await app.as("d1").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    const erase = (person: string) =>
      app.as(person).flow("customer.erase", { orderId: "O1" });
    assert.equal((await erase("op")).error, "FORBIDDEN");
    const { data } = await erase("ad");
    assert.deepEqual(data, {
      success: true,
      contacts: 1,
      otherOrders: ["O9"],
    });
    const [written] = await app.services.sql`
      select order_id from audit_log
      where action = 'customer.erase' and outcome = 'done'`;
    assert.equal(written?.orderId, "O1");
    await pushAll(app, [order({ orderNo: "SO-002" })]);
    await app.services.contactSync.refresh("d1");
    assert.equal((await app.as("op").flow("sync.run")).status, 200);
    const [row] = await app.services.sql`
      select customer_name, phone_hashes, order_no from customer_order
      where order_id = 'O1'`;
    assert.deepEqual({ ...row }, {
      customerName: "已删除的客户",
      phoneHashes: [],
      orderNo: "SO-002",
    });
    // The name of the group is WeCom's, and part of the record.
    const rest = (await dump(scene)).replaceAll("王女士-服务群", "");
    assert.ok(!rest.includes("王女士"), "no name is left");
    const [contact] = await app.services.sql`
      select c.name, f.remark, (select count(*)::int from contact_phone) as phones
      from contact c join contact_follow f using (external_user_id)
      where external_user_id = 'wm1'`;
    assert.deepEqual({ ...contact }, {
      name: "已删除的客户",
      remark: "",
      phones: 0,
    });
    const group = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.deepEqual([group.data.chatId, group.data.status], [
      chatId,
      "active",
    ]);
    const whole = await app.as("d1").flow("customer.reveal", {
      orderId: "O1",
    });
    assert.deepEqual(whole.data.customers, [
      { name: "已删除的客户", phone: "" },
    ]);
    const linked = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: "wm1",
    });
    assert.equal(linked.data.name, "已删除的客户", JSON.stringify(linked));
  }));

Deno.test({
  name:
    "Pushes and listings that meet an erasure wait for it, and bring nothing back",
  // One session does nothing at once.
  ignore: !onRealPostgres || throughPooler,
  fn: () =>
    withStubbedApp(async ({ app }) => {
      await pushAll(app, [order()]);
      const { services } = app;
      await services.contactSync.refresh("d1");
      const waiting = async () => {
        const rows = await services.sql`
          select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return rows.length;
      };
      const meanwhile: Promise<unknown>[] = [];
      const found = await services.orders.get("O1");
      await eraseOrder(services, found, "ad", async () => {
        meanwhile.push(pushAll(app, [order()]));
        meanwhile.push(services.contactSync.refresh("d1"));
        await until(async () => await waiting() === 2);
      });
      await Promise.all(meanwhile);
      const [row] = await services.sql`
        select customer_name, cardinality(phone_hashes) as hashes,
          (select name from contact where external_user_id = 'wm1') as name,
          (select count(*)::int from contact_phone) as phones
        from customer_order where order_id = 'O1'`;
      assert.deepEqual({ ...row }, {
        customerName: "已删除的客户",
        hashes: 0,
        name: "已删除的客户",
        phones: 0,
      });
    }),
});
