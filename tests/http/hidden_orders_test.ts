/**
 * Where the ERP is asked for orders that are not here, one that a person may not
 * see costs and fails as if it were not there either.
 */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const MINUTE_MS = 60_000;
/** What one person may ask of the ERP in a minute. */
const A_MINUTE = 30;

interface Scene {
  app: TestApp;
  clock: { now: number };
  erp: { isAway: boolean; asked: string[]; has: Set<string> };
}

/** d1's orders O0 to O39 are here, `has` are in the ERP alone. */
async function scene(fn: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = { now: Date.now() };
  const erp: Scene["erp"] = { isAway: false, asked: [], has: new Set() };
  await withApp({
    seed: world().seed,
    now: () => clock.now,
    env: {
      ERP_RUNFLOW_URL: "https://erp.example/api/runFlow",
      ERP_FLOW_ORDER: "5f-order",
    },
    fetch: async (input, init) => {
      const { orderId } = await new Request(input, init).json();
      erp.asked.push(orderId);
      if (erp.isAway) return new Response("", { status: 502 });
      const data = erp.has.has(orderId) ? order({ orderId }) : null;
      return Response.json({ code: 1, data });
    },
  }, async (app) => {
    const all = Array.from({ length: 40 }, (_, n) => `O${n}`);
    await pushAll(app, all.map((orderId) => order({ orderId })));
    await fn({ app, clock, erp });
  });
}

async function told(app: TestApp, orderId: string, flow = "order.get") {
  const input = flow === "group.record" ? { orderId, intentId: "no" } : {
    orderId,
  };
  const { status, error, msg, details } = await app.as("d2").flow(flow, input);
  return { status, error, msg, details };
}

Deno.test("After thirty ids in a minute a colleague's order is answered like an unknown one", () =>
  scene(async ({ app, clock, erp }) => {
    for (const spent of ["no-", "O", "E"]) {
      clock.now += 2 * MINUTE_MS;
      erp.asked.length = 0;
      erp.has = new Set(
        Array.from({ length: A_MINUTE }, (_, n) => `E${n}`),
      );
      for (let n = 0; n < A_MINUTE; n++) {
        const { error } = await told(app, `${spent}${n}`);
        assert.equal(error, "ORDER_NOT_FOUND", `${spent}${n}`);
      }
      assert.equal(erp.asked.length, A_MINUTE, spent);
      // What was asked for a moment ago costs nothing, wherever it is.
      const again = await told(app, `${spent}${A_MINUTE - 1}`);
      assert.equal(again.error, "ORDER_NOT_FOUND");
      for (const flow of ["order.get", "group.record"]) {
        const hidden = await told(app, "O39", flow);
        assert.equal(hidden.error, "RATE_LIMITED");
        assert.deepEqual(hidden, await told(app, "no-39", flow));
      }
      const own = await app.as("d1").flow("order.get", { orderId: "O39" });
      assert.equal(own.status, 200, "who may see it asks nobody");
    }
  }));

Deno.test("While the ERP is away a colleague's order is answered like an unknown one", () =>
  scene(async ({ app, erp }) => {
    erp.isAway = true;
    for (const flow of ["order.get", "group.get", "group.record"]) {
      const hidden = await told(app, "O1", flow);
      assert.equal(hidden.error, "ERP_UNAVAILABLE", flow);
      assert.deepEqual(hidden, await told(app, "no-1", flow), flow);
    }
    const pages = await Promise.all(["O1", "no-1"].map(async (orderId) => {
      const page = await app.as("d2").fetch(`/orders/${orderId}/group`);
      await page.body?.cancel();
      return page.status;
    }));
    assert.deepEqual(pages, [503, 503]);
    const own = await app.as("d1").flow("order.get", { orderId: "O1" });
    assert.equal(own.status, 200);
  }));
