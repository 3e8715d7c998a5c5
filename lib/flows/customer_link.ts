/**
 * A contact picked by hand becomes the order's customer; its number is written
 * into the contact's remark where that is asked for and allowed.
 */
import { flow, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { LinkedCustomer } from "./schemas.ts";
import { linkCustomer } from "../contacts/link.ts";
import { WITHHELD } from "../contacts/write_number.ts";
import { audit } from "../audit/audit.ts";
import { z } from "zod";

export const customerLink = flow({
  summary: "手工选择客户，按需把手机号写回备注",
  input: z.object({
    orderId: Id,
    externalUserId: Id,
    writeNumber: z.boolean().default(true)
      .describe("write the order's number into the contact's remark"),
  }),
  output: LinkedCustomer,
  changes: true,
  detail: ({ externalUserId }, answer) => ({
    externalUserId,
    ...(answer && { writtenBack: answer.writtenBack }),
    ...(answer?.reason && { reason: answer.reason }),
  }),
  async run(context, { orderId, externalUserId, writeNumber }) {
    const { services, actor, requestId } = context;
    const order = await orderFor(context, orderId);
    const { name, withheld, takenFrom } = await linkCustomer(services, order, {
      wxUserId: actor.wxUserId,
      externalUserId,
      write: writeNumber,
      requestId,
    });
    for (const former of takenFrom) {
      await audit(services.sql, services.now, {
        actor: actor.wxUserId,
        action: "customer.number_taken_out",
        subject: orderId,
        outcome: "done",
        requestId,
        detail: { externalUserId: former },
      });
    }
    return {
      externalUserId,
      name,
      writtenBack: withheld === null,
      ...(withheld && { reason: withheld, msg: WITHHELD[withheld] }),
    };
  },
});
