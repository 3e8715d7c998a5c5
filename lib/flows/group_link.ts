/** A group that somebody made by hand becomes the order's group. */
import { flow, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { RecordAnswer } from "./schemas.ts";
import { z } from "zod";

export const groupLink = flow({
  summary: "把已有的客户群关联到订单",
  input: z.object({ orderId: Id, chatId: Id }),
  output: RecordAnswer,
  changes: true,
  async run(context, { orderId, chatId }): Promise<RecordAnswer> {
    const { services, actor } = context;
    const order = await orderFor(context, orderId);
    // Who chooses among groups that were found may have no contacts at all.
    const customers = async () => {
      const match = await services.contacts.match(order, actor.wxUserId);
      return match.candidates.map((one) => one.externalUserId);
    };
    const chat = await services.groups.link(actor, order, chatId, customers);
    return {
      success: true,
      chatId: chat.chatId,
      groupName: chat.name,
      status: "active",
    };
  },
});
