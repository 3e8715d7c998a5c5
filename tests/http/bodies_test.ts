/** Hostile bodies: whatever is sent, the answer is a refusal, never a 5xx. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { FLOWS } from "../../lib/flows/mod.ts";
import { ERP_TOKEN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, STAFF, world } from "../support/company.ts";

async function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  await withApp({ seed: world().seed }, async (app) => {
    await pushAll(app);
    await fn(app);
  });
}

const json = { "content-type": "application/json" };
const erp = { ...json, authorization: `Bearer ${ERP_TOKEN}` };
const bytes = (...values: number[]) => new Uint8Array(values);
const nested = (depth: number) =>
  `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const chunked = (size: number) =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = Math.min(size, 16_384);
      size -= chunk;
      if (chunk === 0) controller.close();
      else controller.enqueue(new Uint8Array(chunk).fill(0x20));
    },
  });

const HOSTILE: Record<string, () => BodyInit> = {
  "nothing": () => "",
  "no JSON": () => "flowId=order.get",
  "cut JSON": () => '{"flowId":"order.get"',
  "an array": () => '[{"flowId":"order.get"}]',
  "null": () => "null",
  "a text": () => '"order.get"',
  "a number": () => "1e999",
  "no flow": () => '{"flowId":7}',
  "NUL in the id": () => '{"flowId":"order.get","orderId":"a\\u0000b"}',
  "a lone surrogate": () => '{"flowId":"order.get","orderId":"\\ud800"}',
  "invalid UTF-8": () => bytes(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d),
  "gzip": () => bytes(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3),
  "300 KiB declared": () => " ".repeat(300 * 1024),
  "300 KiB in chunks": () => chunked(300 * 1024),
  "depth": () => nested(20_000),
  "arrays in depth": () => "[".repeat(100_000),
  "a huge number as id": () =>
    `{"flowId":"order.get","orderId":${"9".repeat(400)}}`,
};

Deno.test("A hostile body is refused by each route that takes one", () =>
  company(async (app) => {
    for (const [name, body] of Object.entries(HOSTILE)) {
      for (
        const path of ["/api/runFlow", "/api/contacts/sync", "/api/erp/orders"]
      ) {
        const response = await app.as("d1").fetch(path, {
          method: "POST",
          headers: erp,
          body: body(),
        });
        const text = await response.text();
        // An object with none of its fields is a fair request to this route.
        const fair = path.endsWith("sync") && /number|surrogate|NUL|flow|depth/
          .test(name);
        if (fair && response.status === 200) continue;
        assert.equal(response.status, 400, `${name} to ${path}: ${text}`);
        assert.equal(JSON.parse(text).error, "VALIDATION_FAILED");
        assert.doesNotMatch(text, /\bat (file|async)|node_modules|\.ts:/);
      }
    }
  }));

Deno.test("Foreign fields and odd keys change nothing", () =>
  company(async (app) => {
    const bodies = [
      '{"__proto__":{"orderId":"O9","admin":true},"flowId":"order.get","orderId":"O1"}',
      '{"constructor":{"prototype":{"x":1}},"flowId":"order.get","orderId":"O1"}',
      '{"flowId":"nothing","flowId":"order.get","orderId":"O9","orderId":"O1"}',
      '{"flowId":"order.get","orderId":"O1","wxUserId":"ad","role":"admin"}',
      '\ufeff{"flowId":"order.get","orderId":"O1"}',
      '{"flowId":"order.get","orderId":"O1","note":"\\\\u0000"}',
    ];
    for (const body of bodies) {
      const response = await app.as("d1").fetch("/api/runFlow", {
        method: "POST",
        headers: json,
        body,
      });
      const { data } = await response.json();
      assert.equal(data?.orderId, "O1", body);
    }
    assert.equal(({} as { admin?: boolean }).admin, undefined);
  }));

Deno.test("What is wrong is told by the path of the field", () =>
  company(async (app) => {
    const table: [Record<string, unknown>, string][] = [
      [{ flowId: "order.get" }, "orderId"],
      [{ flowId: "order.get", orderId: 5 }, "orderId"],
      [{ flowId: "order.get", orderId: " " }, "orderId"],
      [{ flowId: "orders.list", limit: "20" }, "limit"],
      [{ flowId: "orders.list", limit: 101 }, "limit"],
      [{ flowId: "orders.list", limit: 1.5 }, "limit"],
      [{ flowId: "contacts.list", cursor: 1 }, "cursor"],
      [{ flowId: "customer.match", orderId: "O1", refresh: "yes" }, "refresh"],
    ];
    for (const [input, path] of table) {
      const { flowId, ...rest } = input;
      const answer = await app.as("d1").flow(String(flowId), rest);
      assert.equal(answer.error, "VALIDATION_FAILED", JSON.stringify(input));
      const details = answer.details as { path: string }[];
      assert.deepEqual(details.map((one) => one.path), [path]);
    }
    const wrong = [order({ customerPhone: 138 })];
    const response = await app.as(null).fetch("/api/erp/orders", {
      method: "POST",
      headers: erp,
      body: JSON.stringify({ orders: wrong }),
    });
    const { details } = await response.json();
    assert.equal(details[0].path, "orders.0.customerPhone");
  }));

Deno.test("A garbage cursor is the caller's mistake", () =>
  company(async (app) => {
    const coded = (text: string) => btoa(text).replaceAll("=", "");
    const cursors = [
      "x",
      "====",
      "%00",
      coded("0000-01-01T00:00:00.000Z x"),
      coded("2026-01-01T00:00:00.000Z %00"),
      coded("2026-01-01T00:00:00.000Z %zz"),
      coded("9999-99-99 x"),
      coded("2026-01-01"),
      "订单",
      "a".repeat(400),
    ];
    for (const cursor of cursors) {
      const list = await app.as("d1").flow("orders.list", { cursor });
      assert.ok(list.status < 500, `${cursor}: ${list.error}`);
      const page = await app.as("d1").fetch(
        `/?cursor=${encodeURIComponent(cursor)}&query=%00%25&state=nonsense`,
      );
      await page.body?.cancel();
      assert.ok(page.status < 500, cursor);
      const contacts = await app.as("d1").flow("contacts.list", { cursor });
      assert.ok(contacts.status < 500, cursor);
    }
  }));

Deno.test("Nothing that can be written as JSON makes a flow fail", () =>
  company(async (app) => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const id = fc.oneof(
      fc.constant("O1"),
      fc.string({ unit: "binary" }),
      value,
    );
    const input = fc.record({
      orderId: id,
      intentId: id,
      chatId: id,
      externalUserId: id,
      customerExternalUserId: id,
      wxUserId: fc.oneof(fc.constant("d1"), id),
      cursor: id,
      limit: fc.oneof(fc.integer(), value),
      refresh: value,
      state: value,
      query: id,
      groupName: id,
      force: value,
    }, { requiredKeys: [] });
    const person = fc.constantFrom("d1", "p1", "ad");
    const flow = fc.constantFrom(...Object.keys(FLOWS));
    await fc.assert(
      fc.asyncProperty(person, flow, input, async (who, name, fields) => {
        const { flowId: _, ...rest } = fields as Record<string, unknown>;
        const answer = await app.as(who).flow(name, rest);
        // A refresh that is asked for too often is refused with a reason, too.
        assert.ok(answer.status < 500, `${name}: ${answer.error}`);
      }),
      { numRuns: 250 },
    );
  }));

Deno.test("Nothing that can be written as JSON makes a push fail", () =>
  company(async (app) => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 70 }),
      fc.constantFrom("d1", "13812348000", "2026-11-20T02:00:00Z", ""),
    );
    const row = fc.record({
      orderId: text,
      orderNo: text,
      customerName: text,
      customerPhone: text,
      designerWxUserId: text,
      projectManagerWxUserId: fc.oneof(text, fc.constant(null)),
      createdAt: fc.oneof(
        fc.constant("2026-11-20T02:00:00+08:00"),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      ),
    }, { requiredKeys: ["orderId"] });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 5 }), async (orders) => {
        const response = await app.as(null).fetch("/api/erp/orders", {
          method: "POST",
          headers: erp,
          body: JSON.stringify({ orders: orders.map((one) => order(one)) }),
        });
        const answer = await response.text();
        assert.ok(response.status < 500, answer);
      }),
      { numRuns: 100 },
    );
    assert.equal(STAFF.length, 5);
  }));
