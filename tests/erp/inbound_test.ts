/** What the ERP pushes: who may, how much, and what it changes. */
import assert from "node:assert/strict";
import {
  ERP_TOKEN,
  ORIGIN,
  push,
  type TestApp,
  withApp,
} from "../support/app.ts";
import { order, pushAll, STAFF, world } from "../support/company.ts";

async function company(
  fn: (app: TestApp) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await withApp({ seed: world().seed, env }, fn);
}

async function send(
  app: TestApp,
  path: string,
  headers: HeadersInit,
  body = "{}",
) {
  const init = { method: "POST", headers, body };
  const response = await app.handler(
    new Request(`${ORIGIN}/api/erp/${path}`, init),
  );
  return { status: response.status, ...await response.json() };
}

Deno.test("Only the ERP's token opens the ERP's routes", () =>
  company(async (app) => {
    const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
    const wrong: HeadersInit[] = [
      {},
      { authorization: ERP_TOKEN },
      { authorization: `Basic ${btoa(`erp:${ERP_TOKEN}`)}` },
      bearer(""),
      bearer("x"),
      bearer(`${ERP_TOKEN}x`),
      bearer(ERP_TOKEN.slice(0, -1)),
      bearer(ERP_TOKEN.toUpperCase()),
      { cookie: `token=${ERP_TOKEN}` },
    ];
    for (const path of ["staff", "orders"]) {
      for (const headers of wrong) {
        const answer = await send(app, path, headers);
        assert.deepEqual([answer.status, answer.error], [
          401,
          "UNAUTHENTICATED",
        ]);
      }
      const body = path === "staff" ? '{"staff":[]}' : '{"orders":[]}';
      const answer = await send(app, path, bearer(ERP_TOKEN), body);
      assert.deepEqual([answer.status, answer.data], [
        200,
        { upserted: 0, rejected: [] },
      ]);
    }
    const session = await app.as("ad").fetch("/api/erp/orders", {
      method: "POST",
      body: "{}",
    });
    assert.equal(session.status, 401, "a session is no token");
    await session.body?.cancel();
  }));

Deno.test("Without a token set the routes do not exist", () =>
  company(async (app) => {
    for (const path of ["staff", "orders"]) {
      for (
        const headers of [{}, { authorization: "Bearer " }, {
          authorization: "Bearer undefined",
        }]
      ) {
        const answer = await send(app, path, headers);
        assert.deepEqual([answer.status, answer.error], [404, "NOT_FOUND"]);
      }
    }
  }, { ERP_INBOUND_TOKEN: "" }));

Deno.test("A thousand orders come in one call, more are refused whole", () =>
  company(async (app) => {
    await push(app, "staff", { staff: STAFF });
    const long = "很长的名字".repeat(12);
    const many = (count: number) =>
      Array.from(
        { length: count },
        (_, at) =>
          order({
            orderId: `B-${at}`,
            orderNo: `SO-2026-${at}`,
            customerName: long,
            storeName: long,
          }),
      );
    const thousand = await push(app, "orders", { orders: many(1_000) });
    assert.deepEqual(await thousand.json(), {
      code: 1,
      data: { upserted: 1_000, rejected: [] },
    });
    const more = await push(app, "orders", { orders: many(1_001) });
    assert.equal(more.status, 400);
    assert.equal((await more.json()).error, "VALIDATION_FAILED");
    const seen = new Set<string>();
    let cursor: unknown;
    do {
      const { data } = await app.as("d1").flow("orders.list", {
        limit: 100,
        ...(cursor ? { cursor } : {}),
      });
      for (const { orderId } of data.orders as { orderId: string }[]) {
        seen.add(orderId);
      }
      cursor = data.nextCursor;
    } while (cursor);
    assert.equal(
      seen.size,
      1_000,
      "pages neither skip nor repeat, though all have one time",
    );
  }));

Deno.test("A push replaces what was there, and the last of the same id counts", () =>
  company(async (app) => {
    await pushAll(app);
    const twice = await push(app, "orders", {
      orders: [
        order({ customerName: "一" }),
        order({
          customerName: "二",
          designerWxUserId: "d2",
          projectManagerWxUserId: null,
          storeName: null,
          orderNo: null,
          createdAt: null,
        }),
      ],
    });
    assert.deepEqual(await twice.json(), {
      code: 1,
      data: { upserted: 1, rejected: [] },
    });
    assert.equal(
      (await app.as("d1").flow("order.get", { orderId: "O1" })).error,
      "ORDER_NOT_FOUND",
      "not d1's any more",
    );
    const { data } = await app.as("d2").flow("order.get", { orderId: "O1" });
    assert.equal(data.customerName, "二");
    assert.equal(data.orderNo, "O1");
    assert.equal(data.projectManagerWxUserId, null);
    assert.equal(
      data.createdAt,
      "2026-11-20T02:00:00.000Z",
      "it was created then",
    );
    const renamed = await push(app, "staff", {
      staff: [{ wxUserId: "d2", name: "新名字", role: "designer" }, {
        wxUserId: "d2",
        name: "最新",
        role: "designer",
      }],
    });
    assert.deepEqual(await renamed.json(), {
      code: 1,
      data: { upserted: 1, rejected: [] },
    });
    assert.equal(
      (await app.as("d2").flow("order.get", { orderId: "O1" })).data
        .designerName,
      "最新",
    );
    for (const role of ["boss", "", null, 1]) {
      const refused = await push(app, "staff", {
        staff: [{ wxUserId: "x", name: "x", role }],
      });
      assert.equal(refused.status, 400);
      await refused.body?.cancel();
    }
  }));

Deno.test("Lists are searched by number, customer and store, and split by group", () =>
  company(async (app) => {
    await pushAll(app, [
      order({
        orderId: "A",
        orderNo: "SO-1%",
        customerName: "王_女士",
        createdAt: "2026-11-01T00:00:00Z",
      }),
      order({
        orderId: "B",
        orderNo: "SO-12",
        customerName: "李先生",
        storeName: "西湖店",
        createdAt: "2026-11-02T00:00:00Z",
      }),
      order({
        orderId: "C",
        designerWxUserId: "d2",
        projectManagerWxUserId: null,
        createdAt: "2026-11-03T00:00:00Z",
      }),
    ]);
    const found = async (as: string, input: Record<string, unknown>) => {
      const { data } = await app.as(as).flow("orders.list", input);
      // The sandbox's own orders are not meant.
      return (data.orders as { orderId: string }[]).map((one) => one.orderId)
        .filter((id) => id.length === 1).join("");
    };
    const table: [string, Record<string, unknown>, string][] = [
      ["d1", {}, "BA"],
      ["p1", {}, "BA"],
      ["d2", {}, "C"],
      ["op", { limit: 100 }, "CBA"],
      ["d1", { query: "so-1" }, "BA"],
      ["d1", { query: "1%" }, "A"],
      ["d1", { query: "_" }, "A"],
      ["d1", { query: "西湖" }, "B"],
      ["d1", { query: "\\" }, ""],
      ["d1", { query: "' or 1=1 --" }, ""],
      ["d1", { state: "with_group" }, ""],
      ["d1", { state: "without_group" }, "BA"],
    ];
    for (const [as, input, wanted] of table) {
      assert.equal(await found(as, input), wanted, JSON.stringify(input));
    }
  }));
