/** What the log and the audit log say of requests, and that pages show the 编号. */
import assert from "node:assert/strict";
import { ERP_TOKEN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  return withApp({ seed: world().seed }, async (app) => {
    await pushAll(app);
    await fn(app);
  });
}

/** The last line of a request, without what differs each time. */
function lastLine(app: TestApp): Record<string, unknown> {
  const line = app.logs.filter(({ event }) => event === "request").at(-1) ?? {};
  const { time: _t, ms: _m, requestId: _r, level: _l, event: _e, ...rest } =
    line;
  return rest;
}

Deno.test("A refused request says in its line which error, flow, reason and person", () =>
  company(async (app) => {
    const path = "/api/runFlow";
    const refused = { method: "POST", path, status: 403, error: "FORBIDDEN" };
    await app.as("d2").flow("order.get", { orderId: "O1" });
    assert.deepEqual(lastLine(app), {
      ...refused,
      status: 404,
      error: "ORDER_NOT_FOUND",
      flowId: "order.get",
      actor: "d2",
    });
    await app.as("stranger").flow("orders.list");
    assert.deepEqual(lastLine(app), {
      ...refused,
      reason: "not_staff",
      actor: "stranger",
    });
    await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.deepEqual(lastLine(app), {
      ...refused,
      status: 404,
      error: "GROUP_NOT_FOUND",
      flowId: "group.get",
      actor: "d1",
    });
  }));

Deno.test("What is no flow's name does not get into the log", () =>
  company(async (app) => {
    await app.as("d1").flow("13812348000 王女士");
    assert.equal(lastLine(app).error, "FLOW_NOT_FOUND");
    await app.as("d1").flow("13812348000");
    assert.equal(lastLine(app).flowId, "138****8000");
    assert.ok(!app.logText().includes("13812348000 王"));
  }));

Deno.test("A request that was answered says who asked, and no error", () =>
  company(async (app) => {
    await app.as("d1").flow("order.get", { orderId: "O1" });
    assert.deepEqual(lastLine(app), {
      method: "POST",
      path: "/api/runFlow",
      status: 200,
      flowId: "order.get",
      actor: "d1",
    });
    const home = await app.as(null).fetch("/");
    await home.body?.cancel();
    assert.deepEqual(lastLine(app), { method: "GET", path: "/", status: 302 });
  }));

Deno.test("Each page for an error shows the 编号 that stands in the log", () =>
  company(async (app) => {
    const pages: [string, string | null, number][] = [
      ["/auth/callback?code=x&state=y", null, 401],
      ["/orders/O1/group", "d2", 404],
      ["/", "stranger", 403],
      ["/orders/nothing/group", "d1", 404],
      ["/nothing", "d1", 404],
    ];
    for (const [path, person, status] of pages) {
      const response = await app.as(person).fetch(path);
      const html = await response.text();
      assert.equal(response.status, status, path);
      const requestId = response.headers.get("x-request-id") ?? "";
      assert.ok(html.includes(`编号 ${requestId}`), path);
      const line = app.logs.find((line) =>
        line.event === "request" && line.requestId === requestId
      );
      assert.equal(line?.status, status);
      assert.ok(line?.error);
    }
  }));

Deno.test("Who waits for a group asks again and again, and fills no audit log", () =>
  company(async (app) => {
    const client = app.as("d1");
    for (let turn = 0; turn < 3; turn++) {
      await client.flow("group.get", { orderId: "O1" });
      await client.flow("order.get", { orderId: "O1" });
      await client.flow("order.get", { orderId: "nothing" });
      await client.flow("orders.list");
    }
    await client.flow("group.get", { orderId: 7 });
    const count = async () =>
      (await app.services.sql`select 1 from audit_log where actor <> 'erp'`)
        .length;
    assert.equal(await count(), 0);
    await app.as("d2").flow("group.get", { orderId: "O1" });
    assert.equal(await count(), 1, "a refusal is");
  }));

Deno.test("The ERP's token is never a case of CSRF; a cookie from another site is", () =>
  company(async (app) => {
    const foreign = {
      origin: "https://erp.example.com",
      "sec-fetch-site": "cross-site",
      "content-type": "application/json",
    };
    const send = (
      path: string,
      headers: Record<string, string>,
      body: unknown,
    ) =>
      app.as("ad").fetch(path, {
        method: "POST",
        headers: { ...foreign, ...headers },
        body: JSON.stringify(body),
      });
    const bearer = { authorization: `Bearer ${ERP_TOKEN}` };
    const orders = { orders: [order({ orderId: "O7" })] };
    const table: [string, Record<string, string>, unknown, number, string?][] =
      [
        ["/api/erp/orders", bearer, orders, 200],
        ["/api/erp/staff", bearer, { staff: [] }, 200],
        [
          "/api/erp/orders",
          { authorization: "Bearer wrong" },
          orders,
          401,
          "UNAUTHENTICATED",
        ],
        ["/api/erp/orders", {}, orders, 401, "UNAUTHENTICATED"],
        [
          "/api/runFlow",
          bearer,
          { flowId: "orders.list" },
          403,
          "CSRF_REJECTED",
        ],
        ["/api/contacts/sync", {}, {}, 403, "CSRF_REJECTED"],
      ];
    for (const [path, headers, body, status, error] of table) {
      const response = await send(path, headers, body);
      const answer = await response.json();
      assert.equal(
        response.status,
        status,
        `${path} ${JSON.stringify(answer)}`,
      );
      assert.equal(answer.error, error);
    }
  }));
