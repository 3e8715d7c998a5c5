/** One order with the state of its group. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { OrderView } from "./schemas.ts";
import type { OrderViews } from "../orders/view.ts";
import { z } from "zod";

export const orderGet = flow<{ orderViews: OrderViews }>()({
  summary: "查询一个订单",
  who: RIGHTS.seeOrder,
  input: z.object({ orderId: Id }),
  output: OrderView,
  changes: false,
  run: ({ deps, order }) => deps.orderViews.one(order),
});
