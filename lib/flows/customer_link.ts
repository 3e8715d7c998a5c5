/**
 * A contact picked by hand becomes the order's customer; its number is written
 * into the contact's remark where that is asked for and allowed.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { LinkedCustomer } from "./schemas.ts";
import { linkCustomer } from "../contacts/link.ts";
import { WITHHELD, type WriteDeps } from "../contacts/write_number.ts";
import { auditAll } from "../audit/audit.ts";
import { z } from "zod";

export const customerLink = flow<WriteDeps>()({
  summary: "手工选择客户，按需把手机号写回备注",
  who: RIGHTS.actOnOrder,
  input: z.object({
    orderId: Id,
    externalUserId: Id,
    writeNumber: z.boolean().default(true)
      .describe("write the order's number into the contact's remark"),
  }),
  output: LinkedCustomer,
  changes: true,
  detail: ({ externalUserId, writeNumber }) => ({
    externalUserId,
    writeNumber,
  }),
  async run(context, { orderId, externalUserId, writeNumber }) {
    const { deps, actor, order, requestId, audited } = context;
    const { name, withheld, takenFrom } = await linkCustomer(deps, order, {
      wxUserId: actor.wxUserId,
      externalUserId,
      write: writeNumber,
      requestId,
      audited,
    });
    const about = {
      actor: actor.wxUserId,
      subject: orderId,
      orderId,
      requestId,
    };
    await auditAll(deps.sql, deps.now, [
      ...takenFrom.map((former) => ({
        ...about,
        action: "customer.number_taken_out",
        outcome: "done" as const,
        detail: { externalUserId: former },
      })),
      ...(writeNumber
        ? [{
          ...about,
          action: "customer.number_written",
          outcome: withheld ? "refused" as const : "done" as const,
          detail: { externalUserId, ...(withheld && { reason: withheld }) },
        }]
        : []),
    ]);
    return {
      externalUserId,
      name,
      writtenBack: withheld === null,
      ...(withheld && { reason: withheld, msg: WITHHELD[withheld] }),
    };
  },
});
