/**
 * My orders, newest first; all of them for operator and admin. Match and badge
 * come from the mirror alone: a list never calls WeCom.
 */
import { flow } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { OrderList } from "./schemas.ts";
import type { OrderRows } from "../groups/order_rows.ts";
import { ORDER_STATES } from "../orders/search_address.ts";
import type { Orders } from "../orders/orders.ts";
import { z } from "zod";

interface Needs {
  orders: Orders;
  orderRows: OrderRows;
}

export const ordersList = flow<Needs>()({
  summary: "查询我的订单（运营和管理员：全部订单）",
  who: RIGHTS.listOrders,
  input: z.object({
    cursor: z.string().max(400).optional(),
    limit: z.number().int().min(1).max(100).default(20),
    state: z.enum(ORDER_STATES).default("all"),
    query: z.string().trim().max(64).optional().describe(
      "part of the order's number or of the customer's, designer's or store's name; the customer's telephone number, or its last four digits",
    ),
    counts: z.boolean().default(false),
  }),
  output: OrderList,
  changes: false,
  async run({ deps, actor, whose }, { cursor, limit, state, query, counts }) {
    const page = await deps.orders.list({
      of: whose,
      cursor,
      limit,
      grouped: state === "all" ? undefined : state === "with_group",
      text: query,
      count: counts,
    });
    return {
      orders: await deps.orderRows.of(page.orders, actor.wxUserId),
      nextCursor: page.nextCursor,
      ...(page.counts && { counts: page.counts }),
    };
  },
});
