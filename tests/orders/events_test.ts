/** What is told of an order when its customer is chosen and when it is handed over. */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

interface Told {
  orderId: string;
  kind: string;
  actor: string;
  requestId: string | null;
  detail: Record<string, unknown>;
}

async function told(app: TestApp, kind: string): Promise<Told[]> {
  return await app.services.sql<Told[]>`
    select order_id, kind, actor, request_id, detail from order_event
    where kind = ${kind} order by event_id`;
}

async function handovers(app: TestApp) {
  const rows = await told(app, "handed_over");
  return rows.map(({ orderId, actor, detail }) => {
    assert.equal(actor, "erp");
    return [orderId, detail.role, detail.from, detail.to];
  });
}

async function pushOrders(app: TestApp, orders: Record<string, unknown>[]) {
  const response = await push(app, "orders", { orders });
  assert.equal(response.status, 200, await response.text());
  return response;
}

async function company(
  fn: (app: TestApp, customers: string[]) => Promise<void>,
): Promise<void> {
  const { seed, ids } = world([
    { of: "d1", name: "旧微信" },
    { of: "d1", name: "新微信" },
    { of: "p1", name: "旧微信" },
  ]);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    await fn(app, ids);
  });
}

Deno.test("two pushes of one new order at the same moment tell a handover between them", () =>
  company(async (app) => {
    const ids = Array.from({ length: 10 }, (_, n) => `new-${n}`);
    await Promise.all(
      ids.flatMap((orderId) =>
        ["d1", "d2"].map((designerWxUserId) =>
          pushOrders(app, [order({ orderId, designerWxUserId })])
        )
      ),
    );
    const told = await handovers(app);
    assert.deepEqual(told.map(([orderId]) => orderId).sort(), ids);
  }));

const CHANGES: readonly {
  name: string;
  designer?: string;
  manager?: string | null;
  told: unknown[];
}[] = [
  { name: "the same people", told: [] },
  { name: "the same people in another case", designer: "D1", told: [] },
  {
    name: "another designer",
    designer: "d2",
    told: [["O1", "designer", "d1", "d2"]],
  },
  {
    name: "another project manager",
    manager: "p2",
    told: [["O1", "project_manager", "p1", "p2"]],
  },
  {
    name: "no project manager any more",
    manager: null,
    told: [["O1", "project_manager", "p1", null]],
  },
  {
    name: "both",
    designer: "d2",
    manager: "P2",
    told: [
      ["O1", "designer", "d1", "d2"],
      ["O1", "project_manager", "p1", "P2"],
    ],
  },
];

for (const { name, designer = "d1", manager = "p1", told } of CHANGES) {
  const outcome = told.length === 0 ? "is no handover" : "tells the handover";
  Deno.test(`A push with ${name} ${outcome}`, () =>
    company(async (app) => {
      const pushed = order({
        designerWxUserId: designer,
        projectManagerWxUserId: manager,
      });
      await pushOrders(app, [pushed]);
      assert.deepEqual(await handovers(app), told);
      // The same once more is no news.
      await pushOrders(app, [pushed]);
      assert.deepEqual(await handovers(app), told);
    }));
}

Deno.test("A first project manager is a handover, a new order is none", () =>
  company(async (app) => {
    const orders = [
      order({ orderId: "O2", projectManagerWxUserId: null }),
      order({ orderId: "O3" }),
    ];
    await pushOrders(app, orders);
    assert.deepEqual(await handovers(app), []);
    const response = await pushOrders(app, [
      ...orders.map((one) => ({ ...one, projectManagerWxUserId: "p1" })),
      order({ orderId: "O4", designerWxUserId: "d2" }),
    ]);
    assert.deepEqual(await handovers(app), [
      ["O2", "project_manager", null, "p1"],
    ]);
    const [{ requestId } = { requestId: null }] = await told(
      app,
      "handed_over",
    );
    assert.equal(requestId, response.headers.get("x-request-id"));
  }));

Deno.test("Of an order that is twice in a push the last one counts", () =>
  company(async (app) => {
    await pushOrders(app, [
      order({ designerWxUserId: "d2" }),
      order({ designerWxUserId: "d1" }),
    ]);
    assert.deepEqual(await handovers(app), []);
  }));

async function choose(app: TestApp, as: string, externalUserId = "") {
  const input = { orderId: "O1", externalUserId, writeNumber: false };
  const answer = await app.as(as).flow("customer.link", input);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  return answer.headers.get("x-request-id");
}

async function choices(app: TestApp) {
  return (await told(app, "customer_chosen")).map(({ actor, detail }) => [
    actor,
    detail.source,
    detail.externalUserId,
  ]);
}

Deno.test("Each choice of a customer is told once, with who chose", () =>
  company(async (app, [first, second, ofManager]) => {
    const requestId = await choose(app, "d1", first);
    await choose(app, "d1", first);
    assert.deepEqual(await choices(app), [["d1", "hand", first]]);
    const [{ requestId: kept } = { requestId: null }] = await told(
      app,
      "customer_chosen",
    );
    assert.ok(kept);
    assert.equal(kept, requestId);
    await choose(app, "d1", second);
    await choose(app, "p1", ofManager);
    // Somebody else has decided since: the same choice changes who counts.
    await choose(app, "d1", second);
    assert.deepEqual(await choices(app), [
      ["d1", "hand", first],
      ["d1", "hand", second],
      ["p1", "hand", ofManager],
      ["d1", "hand", second],
    ]);
  }));

Deno.test("Confirming a choice that was put in question is told", () =>
  company(async (app, [first]) => {
    await choose(app, "d1", first);
    await pushOrders(app, [order({ customerName: "李先生" })]);
    await choose(app, "d1", first);
    assert.equal((await choices(app)).length, 2);
  }));

Deno.test("No event of an order tells a number", () =>
  company(async (app, [first]) => {
    await choose(app, "d1", first);
    await pushOrders(app, [order({ designerWxUserId: "d2" })]);
    const rows = await app.services.sql`select * from order_event`;
    assert.equal(JSON.stringify(rows).includes(PHONE), false);
    assert.ok(rows.length >= 2);
  }));
