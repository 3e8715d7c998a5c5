/** What of an order's number is a person's, and what is its own. */
import assert from "node:assert/strict";
import { hideInOrderNo } from "../../lib/orders/order_no.ts";
import { order, pushAll, withStubbedApp } from "../support/company.ts";

const KEPT = [
  "SO-131-2026-1127",
  "DD18011500012",
  "HZ-139-2026-0001",
  "HZ-139-2025-0001",
  "18011500012A",
  "018011500012",
  "180115000123",
  "139 1234-8000",
  "2026 139 1234",
  "010-88886666",
  "12812348000",
  "",
];
const HIDDEN: Record<string, string> = {
  "13812348000": "138****8000",
  "138 1234 8000": "138****8000",
  "王女士13812348000": "王女士138****8000",
  "SO-13812348000": "SO-138****8000",
  "+8613812348000": "138****8000",
  "+86 138 1234 8000": "138****8000",
  "13812348000/13912348001": "138****8000/139****8001",
};

Deno.test("An order's own number stays, a person's is hidden", () => {
  for (const text of KEPT) assert.equal(hideInOrderNo(text), text);
  for (const [text, hidden] of Object.entries(HIDDEN)) {
    assert.equal(hideInOrderNo(text), hidden, text);
    assert.equal(hideInOrderNo(hidden), hidden, "the same once more");
  }
});

Deno.test("Two orders whose numbers hold a year stay two, and are found by them", () =>
  withStubbedApp(async ({ app }) => {
    const numbers = ["HZ-139-2026-0001", "HZ-139-2025-0001"];
    await pushAll(
      app,
      numbers.map((orderNo) => order({ orderId: orderNo, orderNo })),
    );
    for (const orderNo of numbers) {
      const { data } = await app.as("d1").flow("orders.list", {
        query: orderNo,
      });
      const found = data.orders as { orderNo: string }[];
      assert.deepEqual(found.map((one) => one.orderNo), [orderNo]);
    }
    const { data } = await app.as("d1").flow("order.get", {
      orderId: numbers[0],
    });
    assert.equal(data.orderNo, numbers[0]);
  }));
