/** Which contact is the order's customer: none, one or several, and who has them. */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

interface Found {
  status: string;
  candidates: { externalUserId: string; phone: string; remark: string }[];
  followers: { wxUserId: string; name: string }[];
  suggestions: { externalUserId: string }[];
  syncedAt: string | null;
}

async function match(app: TestApp, as = "d1", over = {}): Promise<Found> {
  const answer = await app.as(as).flow("customer.match", {
    orderId: "O1",
    ...over,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  return answer.data as unknown as Found;
}

const ids = (found: Found) => found.candidates.map((one) => one.externalUserId);

Deno.test("None, one and several are three answers", async () => {
  const { seed, ids: who } = world([
    { of: "d1", name: "王女士", remarkMobiles: ["0086 138-1234-8000"] },
    {
      of: "d1",
      name: "李女士",
      remarkMobiles: ["13900000000", "１３８１２３４８００１"],
    },
    { of: "d1", name: "李女士先生", remarkMobiles: ["138 1234 8001"] },
    { of: "d1", name: "赵先生" },
  ]);
  await withApp({ seed }, async (app) => {
    await pushAll(app, [
      order(),
      order({ orderId: "two", customerPhone: "+8613812348001" }),
      order({
        orderId: "none",
        customerPhone: "13600000000",
        customerName: "赵先生",
      }),
      order({ orderId: "blank", customerPhone: "", customerName: "没有电话" }),
      order({ orderId: "both", customerPhone: "13812348000 / 13900000000" }),
    ]);
    const one = await match(app);
    assert.deepEqual([one.status, ids(one)], ["matched", [who[0]]]);
    const two = await match(app, "d1", { orderId: "two" });
    assert.equal(two.status, "ambiguous");
    assert.deepEqual(ids(two).sort(), [who[1], who[2]].sort());
    assert.deepEqual(two.candidates.map((one) => one.phone), [
      "138****8001",
      "138****8001",
    ]);
    const none = await match(app, "d1", { orderId: "none" });
    assert.deepEqual([none.status, ids(none)], ["none", []]);
    assert.deepEqual(none.suggestions.map((one) => one.externalUserId), [
      who[3],
    ]);
    const blank = await match(app, "d1", { orderId: "blank" });
    assert.equal(blank.status, "none", "no number matches nobody");
    const both = await match(app, "d1", { orderId: "both" });
    assert.deepEqual(ids(both).sort(), [who[0], who[1]].sort());
    const list = await app.as("d1").flow("orders.list");
    const states =
      (list.data.orders as { orderId: string; matchState: string }[])
        .map((one) => [one.orderId, one.matchState]);
    assert.deepEqual(Object.fromEntries(states), {
      O1: "matched",
      two: "ambiguous",
      none: "none",
      blank: "none",
      both: "matched",
    });
  });
});

Deno.test("The signed-in person's own contacts count; who else has the customer is told", async () => {
  const { seed, ids: who } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const manager = await match(app, "p1");
    assert.deepEqual([manager.status, ids(manager)], ["none", []]);
    assert.deepEqual(manager.followers, [{ wxUserId: "d1", name: "陈设计" }]);
    const operator = await match(app, "op");
    assert.equal(operator.status, "none");
    assert.deepEqual(operator.followers.map((one) => one.wxUserId), ["d1"]);
    const designer = await match(app);
    assert.deepEqual(ids(designer), [who[0]]);
    assert.deepEqual(designer.followers, []);
    // The manager adds the customer, but writes no number down.
    app.sandbox.world.staffAddsContact({
      userId: "p1",
      externalUserId: who[0] ?? "",
    });
    const later = await match(app, "p1", { refresh: true });
    assert.deepEqual(ids(later), [who[0]], "the colleague's note is enough");
    assert.deepEqual(later.followers.map((one) => one.wxUserId), ["d1"]);
  });
});

Deno.test("A contact that was deleted is no candidate, and nobody's number outlives it", async () => {
  const { seed, ids: who } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    assert.equal((await match(app)).status, "matched");
    app.sandbox.world.staffDeletesContact({
      userId: "d1",
      externalUserId: who[0] ?? "",
    });
    assert.equal((await match(app, "d1", { refresh: true })).status, "none");
    const left = await app.services.sql`select 1 from contact_phone`;
    assert.equal(left.length, 0);
    app.sandbox.world.staffAddsContact({
      userId: "d1",
      externalUserId: who[0] ?? "",
      remarkMobiles: [PHONE],
    });
    assert.equal((await match(app, "d1", { refresh: true })).status, "matched");
  });
});

Deno.test("An order's number that changes matches anew", async () => {
  const { seed } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order({ customerPhone: "13600000000" })]);
    assert.equal((await match(app)).status, "none");
    await pushAll(app, [order({ customerPhone: PHONE })]);
    const calls = app.sandbox.world.calls.count();
    assert.equal((await match(app)).status, "matched");
    assert.equal(
      app.sandbox.world.calls.count(),
      calls,
      "without asking WeCom",
    );
  });
});

Deno.test("A contact picked by hand is the order's, and the number is written back beside the others", async () => {
  const { seed, ids: who } = world([
    { of: "d1", name: "微信昵称", remarkMobiles: ["0571-88888888"] },
    { of: "d2", name: "别人的客户" },
  ]);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    assert.equal((await match(app)).status, "none");
    const [mine = "", foreign = ""] = who;
    const refused = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: foreign,
    });
    assert.equal(refused.error, "FORBIDDEN");
    const unknown = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: "wmNobody",
    });
    assert.equal(unknown.error, "FORBIDDEN");
    const linked = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: mine,
    });
    assert.equal(linked.data.externalUserId, mine);
    assert.equal(linked.data.name, "微信昵称");
    const written = app.sandbox.world.state.follows.get("d1")?.get(mine)
      ?.remarkMobiles;
    assert.deepEqual(written, ["0571-88888888", PHONE]);
    const again = await app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: mine,
    });
    assert.equal(again.code, 1);
    assert.equal(
      app.sandbox.world.state.follows.get("d1")?.get(mine)?.remarkMobiles
        .length,
      2,
      "once",
    );
    assert.deepEqual(ids(await match(app)), [mine]);
  });
});

Deno.test("Lists of contacts are masked and come in pages", async () => {
  const customers = Array.from({ length: 7 }, (_, at) => ({
    of: "d1",
    name: `客户${at}`,
    remarkMobiles: at % 2 ? [`1381234800${at}`] : [],
  }));
  const { seed, ids: who } = world(customers);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const seen: { externalUserId: string; phone: string }[] = [];
    let cursor: unknown;
    do {
      const input = { limit: 3, ...(cursor ? { cursor } : {}) };
      const { data } = await app.as("d1").flow("contacts.list", input);
      seen.push(...data.externalContacts as typeof seen);
      cursor = data.nextCursor;
    } while (cursor);
    assert.deepEqual(
      seen.map((one) => one.externalUserId).sort(),
      [...who].sort(),
    );
    assert.equal(
      seen.filter((one) => /^138\*{4}800\d$/.test(one.phone)).length,
      3,
    );
    const colleague = await app.as("op").flow("contacts.list", {
      wxUserId: "d1",
      limit: 1,
    });
    assert.equal((colleague.data.externalContacts as unknown[]).length, 1);
    assert.equal(
      (await app.as("d1").flow("contacts.list", { wxUserId: "d2" })).error,
      "FORBIDDEN",
    );
    const nobody = await app.as("op").flow("contacts.list", {
      wxUserId: "no-such",
    });
    assert.equal(nobody.error, "NO_CUSTOMER_CONTACT_PERMISSION");
  });
});
