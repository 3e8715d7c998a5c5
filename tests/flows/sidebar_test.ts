/**
 * What is shown beside a chat: whose orders, to whom, and what an id gets that
 * the client could not have told.
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { normalisePhones } from "../../lib/contacts/phone.ts";
import { ordersBesideCustomer } from "../../lib/orders/at_hand.ts";
import { createVault } from "../../lib/store/vault.ts";
import { type Answer, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const OTHER = "13900000000";

interface Scene {
  app: TestApp;
  /** d1's contact with the number of order O1. */
  wang: string;
  /** d1's contact without a number. */
  li: string;
  /** d2's contact. */
  theirs: string;
}

/** Nothing of the customers is in the mirror yet. */
async function scene(fn: (scene: Scene) => Promise<void>): Promise<void> {
  const { seed, ids } = world([
    { of: "d1", name: "王女士", remarkMobiles: [PHONE] },
    { of: "d1", name: "李先生" },
    { of: "d2", name: "外人", remarkMobiles: [OTHER] },
  ]);
  await withApp({ seed }, async (app) => {
    app.sandbox.world.settings.lagMs = 0;
    await pushAll(app, [
      order(),
      order({ orderId: "O2", createdAt: "2026-11-21T02:00:00Z" }),
      order({
        orderId: "O3",
        designerWxUserId: "d2",
        projectManagerWxUserId: null,
      }),
      order({ orderId: "O4", customerPhone: OTHER, customerName: "李先生" }),
    ]);
    const [wang = "", li = "", theirs = ""] = ids;
    await fn({ app, wang, li, theirs });
  });
}

const customer = ({ app }: Scene, as: string, externalUserId: string) =>
  app.as(as).flow("sidebar.customer", { externalUserId });
const group = ({ app }: Scene, as: string, chatId: string) =>
  app.as(as).flow("sidebar.group", { chatId });

const idsOf = (orders: unknown) =>
  (orders as { orderId: string }[]).map((one) => one.orderId);

/** Without what differs from request to request. */
const told = ({ status, error, msg, details }: Answer) => ({
  status,
  error,
  msg,
  details,
});

const chat = ({ app }: Scene, userId: string, ...externalUserIds: string[]) =>
  app.sandbox.world.staffCreatesChat({
    userId,
    groupName: "王家装修群",
    userIds: ["p1"],
    externalUserIds,
  });

Deno.test("Beside a customer's chat stand their orders that the person may open, the newest first", () =>
  scene(async (it) => {
    const { data } = await customer(it, "d1", it.wang);
    assert.equal(data.name, "王女士");
    assert.deepEqual(idsOf(data.orders), ["O2", "O1"]);
    assert.equal(data.more, false);
    const [first] = data.orders as Record<string, unknown>[];
    assert.equal(first?.sure, true);
    assert.equal(first?.customerPhone, "138****8000");
    assert.deepEqual(first?.badge, { kind: "can_create", by: null });
  }));

Deno.test("An operator sees everybody's orders of an own contact", () =>
  scene(async (it) => {
    it.app.sandbox.world.staffAddsContact({
      userId: "op",
      externalUserId: it.wang,
    });
    await customer(it, "d1", it.wang);
    const { data } = await customer(it, "op", it.wang);
    assert.deepEqual(idsOf(data.orders).toSorted(), ["O1", "O2", "O3"]);
  }));

Deno.test("A contact that the person does not have is answered like one that is not there", () =>
  scene(async (it) => {
    // The mirror knows it, by its own follower.
    await customer(it, "d2", it.theirs);
    const made = await customer(it, "d1", "wmMadeUp");
    assert.equal(made.error, "FORBIDDEN");
    assert.deepEqual(told(await customer(it, "d1", it.theirs)), told(made));
    // Nor does one help who has left the person's contacts.
    await customer(it, "d1", it.wang);
    await it.app.services.sql`
      update contact_follow set deleted_at = now()
      where wx_user_id = 'd1' and external_user_id = ${it.wang}`;
    it.app.sandbox.world.staffDeletesContact({
      userId: "d1",
      externalUserId: it.wang,
    });
    assert.deepEqual(told(await customer(it, "d1", it.wang)), told(made));
  }));

Deno.test("A contact without a number shows the order that it was chosen for, and no other's number", () =>
  scene(async (it) => {
    assert.deepEqual(idsOf((await customer(it, "d1", it.li)).data.orders), []);
    const chosen = await it.app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: it.li,
      writeNumber: false,
    });
    assert.equal(chosen.status, 200);
    const { data } = await customer(it, "d1", it.li);
    assert.deepEqual(idsOf(data.orders), ["O1"]);
    // Who has the number and was not chosen may still be it, and is asked about.
    const { data: other } = await customer(it, "d1", it.wang);
    const sure = (other.orders as { orderId: string; sure: boolean }[])
      .map((one) => [one.orderId, one.sure]);
    assert.deepEqual(sure, [["O2", true], ["O1", false]]);
  }));

Deno.test("Who scanned the order's own code, and who is in its group, show the order", () =>
  scene(async (it) => {
    const { world } = it.app.sandbox;
    await it.app.as("d1").flow("customer.code", { orderId: "O4" });
    const [way] = world.state.ways.values();
    const fresh = world.customerAppears({ name: "扫码的人" });
    world.staffAddsContact({
      userId: "d1",
      externalUserId: fresh,
      state: way?.state ?? "",
    });
    const { data: scanned } = await customer(it, "d1", fresh);
    assert.deepEqual(idsOf(scanned.orders), ["O4"]);
    await customer(it, "d1", it.wang);
    const chatId = chat(it, "d1", it.wang, it.li);
    await it.app.as("d1").flow("group.link", { orderId: "O1", chatId });
    const { data: inGroup } = await customer(it, "d1", it.li);
    assert.deepEqual(idsOf(inGroup.orders), ["O1"]);
  }));

Deno.test("Both of a couple show their order, also once one of them is decided", () =>
  scene(async (it) => {
    await pushAll(it.app, [order({
      orderId: "O9",
      customerPhone: OTHER,
      customers: [{ name: "王女士", phone: PHONE }],
      createdAt: "2026-11-25T02:00:00Z",
    })]);
    const chosen = { orderId: "O9", externalUserId: it.li };
    await it.app.as("d1").flow("customer.link", chosen);
    for (const one of [it.li, it.wang]) {
      const { data } = await customer(it, "d1", one);
      const [first] = data.orders as { orderId: string; sure: boolean }[];
      assert.deepEqual([first?.orderId, first?.sure], ["O9", true]);
    }
  }));

Deno.test("A customer of many orders shows ten, and says that there are others", () =>
  scene(async (it) => {
    await pushAll(
      it.app,
      Array.from({ length: 12 }, (_, n) => order({ orderId: `more-${n}` })),
    );
    const { data } = await customer(it, "d1", it.wang);
    assert.equal(idsOf(data.orders).length, 10);
    assert.equal(data.more, true);
  }));

Deno.test("Beside a group that has no order stand the orders of its customers, and its owner may link it", () =>
  scene(async (it) => {
    await customer(it, "d1", it.wang);
    const chatId = chat(it, "d1", it.wang);
    const { data } = await group(it, "d1", chatId);
    assert.equal(data.state, "free");
    assert.equal(data.mayLink, true);
    assert.deepEqual(idsOf(data.choices), ["O2", "O1"]);
    assert.deepEqual(data.customers, [
      { externalUserId: it.wang, name: "王女士", mine: true },
    ]);
    const { data: colleague } = await group(it, "p1", chatId);
    assert.equal(colleague.mayLink, false);
    assert.deepEqual(colleague.owner, { wxUserId: "d1", name: "陈设计" });
  }));

Deno.test("A linked group shows its order with the company's welcome, and the order is no choice for another", () =>
  scene(async (it) => {
    await customer(it, "d1", it.wang);
    const chatId = chat(it, "d1", it.wang);
    const link = { orderId: "O1", chatId };
    assert.equal((await it.app.as("d1").flow("group.link", link)).status, 200);
    const { data } = await group(it, "d1", chatId);
    assert.equal(data.state, "linked");
    assert.equal((data.order as { orderId: string }).orderId, "O1");
    assert.match(
      String(data.welcome),
      /^王女士您好，我是滨江店的设计师陈设计。/,
    );
    const { data: second } = await group(
      it,
      "d1",
      chat(it, "d1", it.wang),
    );
    assert.deepEqual(idsOf(second.choices), ["O2"]);
  }));

Deno.test("A group of an order that the person may not open is told of without the order", () =>
  scene(async (it) => {
    const chatId = it.app.sandbox.world.staffCreatesChat({
      userId: "d2",
      groupName: "别人的群",
      userIds: ["d1"],
      externalUserIds: [it.theirs],
    });
    await it.app.services.contacts.firstRead("d2");
    await pushAll(it.app, [order({
      orderId: "O5",
      customerPhone: OTHER,
      designerWxUserId: "d2",
      projectManagerWxUserId: null,
    })]);
    const link = { orderId: "O5", chatId };
    assert.equal((await it.app.as("d2").flow("group.link", link)).status, 200);
    const { data } = await group(it, "d1", chatId);
    assert.equal(data.state, "taken");
    assert.deepEqual([data.order, data.welcome, data.choices], [
      null,
      null,
      [],
    ]);
  }));

Deno.test("A group that the person is not in is answered like one that is not there", () =>
  scene(async (it) => {
    const made = await group(it, "d1", "wrMadeUp");
    assert.equal(made.error, "GROUP_NOT_FOUND");
    const chatId = it.app.sandbox.world.staffCreatesChat({
      userId: "d2",
      groupName: "别人的群",
      externalUserIds: [it.theirs],
    });
    // Also once it is in the mirror, and for who may open all orders.
    for (const as of ["d1", "d1", "op", "ad"]) {
      assert.deepEqual(told(await group(it, as, chatId)), told(made), as);
    }
    assert.equal((await group(it, "d2", chatId)).status, 200);
    // Nor for who was in it.
    const mine = chat(it, "d1", it.wang);
    assert.equal((await group(it, "p1", mine)).status, 200);
    it.app.sandbox.world.memberLeaves({ chatId: mine, id: "p1" });
    await it.app.services.sql`
      update chat_member set left_at = now()
      where chat_id = ${mine} and member_id = 'p1'`;
    assert.deepEqual(told(await group(it, "p1", mine)), told(made));
  }));

Deno.test("While keys change, orders are found under either", () =>
  scene(async (it) => {
    await customer(it, "d1", it.wang);
    const { services } = it.app;
    const vault = createVault(
      new Secret("another-data-key-for-tests-0123456789abc"),
      services.config.dataKey,
    );
    const [number = ""] = normalisePhones(PHONE);
    const [hash = ""] = vault.indexes(number);
    // One order is renewed, the contact is not yet.
    const [row] = await services.sql<{ orderId: string }[]>`
      update customer_order
      set phone_hashes = ${[hash]}::text[]
      where order_id = 'O1' returning order_id`;
    assert.equal(row?.orderId, "O1");
    const found = await ordersBesideCustomer(
      { sql: services.sql, vault },
      { wxUserId: "d1", whose: "d1" },
      it.wang,
    );
    const ids = found?.orders.map(({ order }) => order.orderId);
    assert.deepEqual(ids, ["O2", "O1"]);
  }));
