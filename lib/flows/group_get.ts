/** The order's group with its members, or the creation that is under way. */
import { flow, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { GroupView } from "./schemas.ts";
import { z } from "zod";

export const groupGet = flow({
  summary: "查询订单的客户群",
  input: z.object({ orderId: Id }),
  output: GroupView,
  changes: false,
  async run(context, { orderId }) {
    const order = await orderFor(context, orderId);
    return await context.services.groupViews.get(order);
  },
});
