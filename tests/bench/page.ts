/**
 * What opening a matched order page costs: calls to WeCom, cold and warm, and
 * the bytes of JavaScript that a phone loads. Beside it what the original
 * document's way costs for the same contacts.
 */
import { brotliCompressSync } from "node:zlib";
import { withApp } from "../support/app.ts";
import { grownOrders, grownStaff } from "../../lib/sandbox/mod.ts";

const CONTACTS = 5_000;

export interface PageResult {
  contacts: number;
  callsCold: number;
  callsWarm: number;
  callsOfTheDocument: number;
  javascriptBrotliBytes: number;
}

export async function benchPage(): Promise<PageResult> {
  const seed = { kind: "grown", designers: 1, contacts: CONTACTS } as const;
  return await withApp({ seed }, async (app) => {
    const { services, sandbox } = app;
    await services.staff.upsert({ staff: grownStaff(seed) });
    const [order] = grownOrders(seed, 1);
    if (!order) throw new Error("The world has no order");
    await services.orders.upsert([order]);
    const designer = app.as(order.designerWxUserId);
    const path = `/orders/${order.orderId}/group`;
    const open = async () => {
      const before = sandbox.world.calls.count();
      const response = await designer.fetch(path);
      const html = await response.text();
      await designer.flow("customer.match", { orderId: order.orderId });
      return { response, html, calls: sandbox.world.calls.count() - before };
    };
    const cold = await open();
    const warm = await open();
    const files = new Set(
      [...(warm.response.headers.get("link") ?? "").matchAll(/<([^>]+)>/g)]
        .map((found) => found[1] ?? ""),
    );
    let bytes = 0;
    for (const file of files) {
      const response = await designer.fetch(file);
      bytes += brotliCompressSync(await response.arrayBuffer()).byteLength;
    }
    return {
      contacts: CONTACTS,
      callsCold: cold.calls,
      callsWarm: warm.calls,
      callsOfTheDocument: CONTACTS + 2,
      javascriptBrotliBytes: bytes,
    };
  });
}
