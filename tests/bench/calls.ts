/**
 * What opening a matched order page costs in calls to WeCom: cold, warm, and for
 * people without contacts. What the original document's way costs for the same
 * contacts is in `document.ts`.
 */
import { grownOrders, grownStaff } from "../../lib/sandbox/mod.ts";
import { type Client, withApp } from "../support/app.ts";
import { type Bench, runAlone, sized } from "./row.ts";

/** Of one listing's page (doc 92994). */
const PAGE = 100;

export const calls: Bench = async ({ quick }) => {
  const contacts = quick ? 1_000 : 5_000;
  const seed = { kind: "grown", designers: 1, contacts } as const;
  return await withApp({ seed }, async ({ services, sandbox, as }) => {
    await services.staff.upsert({ staff: grownStaff(seed) });
    const [order] = grownOrders(seed, 1);
    if (!order) throw new Error("The world has no order");
    await services.orders.upsert([order]);
    const open = async (client: Client) => {
      const before = sandbox.world.calls.count();
      const response = await client.fetch(`/orders/${order.orderId}/group`);
      await response.text();
      if (!response.ok) throw new Error(`The page answers ${response.status}`);
      await client.flow("customer.match", { orderId: order.orderId });
      return sandbox.world.calls.count() - before;
    };
    const designer = as(order.designerWxUserId);
    const cold = await open(designer);
    const warm = await open(designer);
    const manager = as(order.projectManagerWxUserId ?? "");
    await open(manager);
    const without = await open(manager);
    const of = `${sized(contacts)} contacts`;
    return [{
      name: `calls to WeCom for a matched page, cold, ${of}`,
      value: cold,
      unit: "calls",
      limit: { most: Math.ceil(contacts / PAGE) + 3 },
    }, {
      name: `calls to WeCom for a matched page, warm, ${of}`,
      value: warm,
      unit: "calls",
      limit: { most: 0 },
    }, {
      name: "calls to WeCom for the page of somebody without contacts, warm",
      value: without,
      unit: "calls",
      limit: { most: 0 },
    }];
  });
};

if (import.meta.main) await runAlone(calls);
