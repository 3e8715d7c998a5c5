/** One bad row of a push refuses no other; the whole push only when all are bad. */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, STAFF, world } from "../support/company.ts";

async function company(
  fn: (app: TestApp) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await withApp({ seed: world().seed, env }, async (app) => {
    await push(app, "staff", { staff: STAFF });
    await fn(app);
  });
}

async function pushOrders(app: TestApp, orders: unknown[]) {
  const response = await push(app, "orders", { orders });
  return { status: response.status, ...await response.json() };
}

const get = async (app: TestApp, orderId: string) =>
  await app.as("d1").flow("order.get", { orderId });

Deno.test("Of three orders, the second without a name, two are stored and one is told", () =>
  company(async (app) => {
    const answer = await pushOrders(app, [
      order({ orderId: "A" }),
      { ...order({ orderId: "B" }), customerName: undefined },
      order({ orderId: "C" }),
    ]);
    assert.equal(answer.status, 200);
    assert.equal(answer.data.upserted, 2);
    assert.deepEqual(
      answer.data.rejected.map((
        { index, orderId, issues }: {
          index: number;
          orderId: string;
          issues: { path: string }[];
        },
      ) => [index, orderId, issues.map((issue) => issue.path)]),
      [[1, "B", ["customerName"]]],
    );
    assert.equal((await get(app, "A")).status, 200);
    assert.equal((await get(app, "B")).status, 404);
    assert.equal((await get(app, "C")).status, 200);
  }));

Deno.test("Whatever is wrong with a row, its neighbours are stored", () =>
  company(async (app) => {
    const bad: unknown[] = [
      null,
      7,
      "order",
      [],
      {},
      order({ orderId: "" }),
      order({ orderId: "x".repeat(65) }),
      { ...order({}), customerPhone: 13812348000 },
      order({ designerWxUserId: "" }),
      order({ createdAt: "yesterday" }),
      order({ customerName: "a\0b" }),
      order({ orderId: "half \ud800" }),
      order({ storeName: "\udc00" }),
    ];
    for (const [at, row] of bad.entries()) {
      const orderId = `N${at}`;
      const answer = await pushOrders(app, [row, order({ orderId })]);
      assert.equal(answer.status, 200, JSON.stringify(row));
      assert.equal(answer.data.upserted, 1);
      assert.equal(answer.data.rejected[0].index, 0);
      assert.ok(answer.data.rejected[0].issues.length > 0);
      assert.equal((await get(app, orderId)).status, 200);
    }
  }));

Deno.test("When no row is good the push is refused, with the place of each fault", () =>
  company(async (app) => {
    const answer = await pushOrders(app, [
      order({ orderId: "" }),
      { orderId: "A" },
    ]);
    assert.deepEqual([answer.status, answer.error], [400, "VALIDATION_FAILED"]);
    const paths = answer.details.map((one: { path: string }) => one.path);
    assert.ok(paths.includes("orders.0.orderId"));
    assert.ok(paths.includes("orders.1.customerName"));
    assert.equal(
      (await pushOrders(app, [])).status,
      200,
      "nothing is no fault",
    );
    const none = await push(app, "orders", { orders: {} });
    assert.equal(none.status, 400);
    await none.body?.cancel();
  }));

Deno.test("A bad member of staff refuses no other either", () =>
  company(async (app) => {
    const response = await push(app, "staff", {
      staff: [
        { wxUserId: "n1", name: "新人", role: "designer" },
        { wxUserId: "n2", name: "老板", role: "boss" },
      ],
    });
    const { data } = await response.json();
    assert.equal(data.upserted, 1);
    assert.equal(data.rejected[0].index, 1);
    assert.equal(data.rejected[0].wxUserId, "n2");
  }));

Deno.test("Names of more than 64 characters are cut between two of them", () =>
  company(async (app) => {
    const answer = await pushOrders(app, [
      order({
        orderId: "L",
        customerName: "王".repeat(80),
        storeName: `${"店".repeat(63)}😀😀`,
      }),
    ]);
    assert.deepEqual(answer.data, { upserted: 1, rejected: [] });
    const { data } = await get(app, "L");
    assert.equal(data.customerName, "王".repeat(64));
    assert.equal(data.storeName, `${"店".repeat(63)}😀`);
    // The 64th is in the middle of a family, of a flag.
    for (const emoji of ["👨‍👩‍👧", "🇨🇳", "👍🏽"]) {
      const customerName = `${"王".repeat(63)}${emoji}${"李".repeat(20)}`;
      await pushOrders(app, [order({ orderId: "M", customerName })]);
      const { data } = await get(app, "M");
      assert.equal(data.customerName, "王".repeat(63));
    }
  }));

Deno.test("Times without a zone are the company's own", () =>
  company(async (app) => {
    const times: [unknown, string][] = [
      ["2026-11-20T10:00:00.000+0800", "2026-11-20T02:00:00.000Z"],
      ["2026-11-20 10:00:00", "2026-11-20T15:00:00.000Z"],
      [1763600000000, "2025-11-20T00:53:20.000Z"],
    ];
    for (const [at, [createdAt, meant]] of times.entries()) {
      const orderId = `T${at}`;
      await pushOrders(app, [{ ...order({ orderId }), createdAt }]);
      const { data } = await get(app, orderId);
      assert.equal(data.createdAt, meant, String(createdAt));
    }
    const answer = await pushOrders(app, [
      order({ orderId: "T-none", createdAt: "" }),
    ]);
    assert.equal(answer.data.upserted, 1, "an empty time is none");
    for (const createdAt of ["9999-12-31T23:59:59-05:00", 253402300799000]) {
      const answer = await pushOrders(app, [
        order({ orderId: "T-end" }),
        { ...order({ orderId: "T-end" }), createdAt },
      ]);
      assert.equal(answer.status, 200, "beyond what the database can read");
    }
  }, { TIME_ZONE: "America/New_York" }));
