/** A contact picked by hand becomes the order's customer; the number is written back. */
import { flow, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { LinkedCustomer } from "./schemas.ts";
import { linkCustomer } from "../contacts/link.ts";
import { z } from "zod";

export const customerLink = flow({
  summary: "手工选择客户，并把手机号写回备注",
  input: z.object({ orderId: Id, externalUserId: Id }),
  output: LinkedCustomer,
  changes: true,
  async run(context, { orderId, externalUserId }) {
    const { services, actor } = context;
    const order = await orderFor(context, orderId);
    const linked = await linkCustomer(
      services,
      order,
      actor.wxUserId,
      externalUserId,
    );
    return { externalUserId, ...linked };
  },
});
