/** One order with the state of its group. */
import { flow, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { OrderView } from "./schemas.ts";
import { z } from "zod";

export const orderGet = flow({
  summary: "查询一个订单",
  input: z.object({ orderId: Id }),
  output: OrderView,
  changes: false,
  async run(context, { orderId }) {
    const order = await orderFor(context, orderId);
    return await context.services.orderViews.one(order);
  },
});
