/** What the ERP tells as it happens, each once; and what it may ask us. */
import assert from "node:assert/strict";
import { ERP_TOKEN, ORIGIN, type TestApp } from "../support/app.ts";
import { order, prepare, pushAll, withStubbedApp } from "../support/company.ts";

const AT = "2026-11-26T08:00:00Z";

async function erp(app: TestApp, path: string, body?: unknown) {
  const response = await app.handler(
    new Request(`${ORIGIN}/api/erp/${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${ERP_TOKEN}`,
        "content-type": "application/json",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }),
  );
  return { status: response.status, ...await response.json() };
}

const inSeconds = (seconds: number) =>
  new Date(Date.now() + seconds * 1_000).toISOString();

const tell = (app: TestApp, ...events: Record<string, unknown>[]) =>
  erp(app, "events", { events });

Deno.test("Each event is taken once, under its own id, also when calls come together", () =>
  withStubbedApp(async ({ app }) => {
    const made = {
      eventId: "e1",
      type: "order.created",
      orderId: "O1",
      at: AT,
    };
    const first = await tell(app, made, { ...made, eventId: "e2" }, made);
    assert.deepEqual(first.data, { accepted: 2, duplicates: 1 });
    const again = await Promise.all([tell(app, made), tell(app, made)]);
    for (const { data } of again) {
      assert.deepEqual(data, { accepted: 0, duplicates: 1 });
    }
  }));

const BAD: [what: string, event: Record<string, unknown>, path: string][] = [
  ["no id", { type: "order.created", orderId: "O1", at: AT }, "eventId"],
  ["another type", { eventId: "x", type: "order.gone", at: AT }, "type"],
  ["a stage without one", {
    eventId: "x",
    type: "order.stage",
    orderId: "O1",
    at: AT,
  }, "stage"],
  ["a departure of nobody", {
    eventId: "x",
    type: "staff.departed",
    at: AT,
  }, "wxUserId"],
  ["no time", {
    eventId: "x",
    type: "order.created",
    orderId: "O1",
    at: "soon",
  }, "at"],
];

Deno.test("An event that is none is named, and refuses no other", () =>
  withStubbedApp(async ({ app }) => {
    const good = (eventId: string) => ({
      eventId,
      type: "customer.arrived",
      orderId: "O1",
      at: AT,
    });
    for (const [n, [what, event, path]] of BAD.entries()) {
      const { data } = await tell(app, good(`good-${n}`), event);
      assert.equal(data.accepted, 1, what);
      assert.deepEqual(
        data.rejected.map((one: { index: number }) => one.index),
        [1],
      );
      assert.equal(data.rejected[0].issues[0].path, path, what);
    }
  }));

Deno.test("The latest stage by the ERP's time stands, whatever comes first", () =>
  withStubbedApp(async ({ app }) => {
    const stage = async () => (await erp(app, "orders/O1")).data.stage;
    const told = (eventId: string, stage: string, at: string) =>
      tell(app, { eventId, type: "order.stage", orderId: "O1", stage, at });
    assert.equal(await stage(), null);
    await pushAll(app, [order({ stage: "量房" })]);
    assert.equal(await stage(), "量房");
    await told("s1", "签约", inSeconds(120));
    await told("s2", "设计", inSeconds(60));
    assert.equal(await stage(), "签约");
    await pushAll(app, [order()]);
    assert.equal(await stage(), "签约", "a push that tells none");
    const unknown = await tell(app, {
      eventId: "s3",
      type: "order.stage",
      orderId: "nothing",
      stage: "签约",
      at: AT,
    });
    assert.equal(unknown.data.accepted, 1);
  }));

Deno.test("A stage of the future counts as told now, and holds against none", () =>
  withStubbedApp(async ({ app }) => {
    await pushAll(app, [order({ stage: "量房" })]);
    const stage = (eventId: string, at: string) => ({
      eventId,
      type: "order.stage",
      orderId: "O1",
      stage: eventId,
      at,
    });
    const { data } = await tell(
      app,
      stage("签约", inSeconds(-30)),
      stage("交付", "2199-01-01T00:00:00Z"),
    );
    assert.equal(data.accepted, 2);
    assert.equal((await erp(app, "orders/O1")).data.stage, "交付");
    await tell(app, stage("验收", inSeconds(1)));
    assert.equal((await erp(app, "orders/O1")).data.stage, "验收");
    // One that an earlier release took ends with the next push.
    await app.services.sql`
      update customer_order set stage_at = '2199-01-01Z' where order_id = 'O1'`;
    await pushAll(app, [order({ stage: "签约" })]);
    await tell(app, stage("施工", inSeconds(1)));
    assert.equal((await erp(app, "orders/O1")).data.stage, "施工");
  }));

Deno.test("A push of the same stage holds against no event, one of another only against older ones", () =>
  withStubbedApp(async ({ app }) => {
    const { sql } = app.services;
    const stage = async () => (await erp(app, "orders/O1")).data.stage;
    const told = (eventId: string, at: string) =>
      tell(app, {
        eventId,
        type: "order.stage",
        orderId: "O1",
        stage: eventId,
        at,
      });
    await pushAll(app, [order({ stage: "量房" })]);
    await told("老", inSeconds(-60));
    assert.equal(await stage(), "量房");
    const [row] = await sql<{ stageAt: Date }[]>`
      select stage_at from customer_order where order_id = 'O1'`;
    // The ERP tells the second that the push came in.
    await told("设计", row?.stageAt.toISOString() ?? "");
    assert.equal(await stage(), "设计");
    await sql`
      update customer_order set stage_at = ${inSeconds(-60)}
      where order_id = 'O1'`;
    await pushAll(app, [order({ stage: "设计" })]);
    await told("签约", inSeconds(-2));
    assert.equal(await stage(), "签约");
  }));

Deno.test("Of an id that is twice in a call the first one is kept and holds", () =>
  withStubbedApp(async ({ app }) => {
    await pushAll(app);
    const event = { eventId: "two", type: "order.stage", orderId: "O1" };
    const { data } = await tell(
      app,
      { ...event, stage: "签约", at: inSeconds(-5) },
      { ...event, stage: "施工", at: inSeconds(0) },
    );
    assert.deepEqual(data, { accepted: 1, duplicates: 1 });
    const rows = await app.services.sql`select stage from erp_event`;
    assert.deepEqual(rows.map((row) => row.stage), ["签约"]);
    assert.equal((await erp(app, "orders/O1")).data.stage, "签约");
  }));

Deno.test("What a call of events came to is in the audit log", () =>
  withStubbedApp(async ({ app }) => {
    const made = {
      eventId: "e1",
      type: "order.created",
      orderId: "O1",
      at: AT,
    };
    await tell(app, made, made, { eventId: "bad" });
    const rows = await app.services.sql`
      select actor, detail from audit_log where action = 'erp.events'`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [{
      actor: "erp",
      detail: { accepted: 1, duplicates: 1, rejected: 1 },
    }]);
  }));

Deno.test("The ERP is told how an order's group stands, and asked for nothing", () =>
  withStubbedApp(async ({ app, stub }) => {
    assert.equal((await erp(app, "orders/O1")).data.group, null);
    const { intentId } = await prepare(app, "wm1");
    assert.equal((await erp(app, "orders/O1")).data.group.status, "pending");
    const chatId = stub.create("d1", "客户群", ["d1", "p1"], ["wm1"]);
    await app.as("d1").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    const calls = stub.calls.length;
    const { data } = await erp(app, "orders/O1");
    assert.deepEqual(
      [data.group.chatId, data.group.status, data.group.customerJoined],
      [chatId, "active", true],
    );
    assert.equal(data.customerPhone, "138****8000");
    for (const path of ["orders/nothing", "orders/%00", "orders/%zz"]) {
      const none = await erp(app, path).catch(() => ({ status: 404 }));
      assert.equal(none.status, 404, path);
    }
    assert.equal(stub.calls.length, calls);
    const closed = await app.as("ad").fetch("/api/erp/orders/O1");
    assert.equal(closed.status, 401);
    await closed.body?.cancel();
  }));
