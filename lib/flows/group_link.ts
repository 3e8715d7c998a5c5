/** A group that somebody made by hand becomes the order's group. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { RecordAnswer } from "./schemas.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Groups } from "../groups/groups.ts";
import { z } from "zod";

export const groupLink = flow<{ contacts: Contacts; groups: Groups }>()({
  summary: "把已有的客户群关联到订单",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id, chatId: Id }),
  output: RecordAnswer,
  changes: true,
  detail: ({ chatId }) => ({ chatId }),
  async run(
    { deps, actor, order, requestId, audited },
    { chatId },
  ): Promise<RecordAnswer> {
    // Whoever chooses among groups that were found may have no contacts at all,
    // so contacts are read only when they are needed.
    const customers = async () => {
      const match = await deps.contacts.match(order, actor.wxUserId);
      return match.candidates.map((one) => one.externalUserId);
    };
    const chat = await deps.groups.link(
      actor,
      order,
      chatId,
      customers,
      { requestId, audited },
    );
    return {
      success: true,
      chatId: chat.chatId,
      groupName: chat.name,
      status: "active",
    };
  },
});
