/**
 * The client says that it created the group: stored, then verified with WeCom;
 * safe to repeat; without a chatId the server looks for the group.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { writeForGroup } from "../contacts/link.ts";
import { RecordAnswer } from "./schemas.ts";
import { AppError, isAppError } from "../http/errors.ts";
import type { Intent } from "../groups/intent.ts";
import type { Order } from "../orders/order.ts";
import type { Groups } from "../groups/groups.ts";
import type { Staff } from "../staff/staff.ts";
import type { WriteDeps } from "../contacts/write_number.ts";
import { z } from "zod";

type Needs = WriteDeps & { groups: Groups; staff: Staff };

export const groupRecord = flow<Needs>()({
  summary: "记录已创建的客户群",
  who: RIGHTS.reportCreation,
  input: z.object({
    orderId: Id,
    intentId: Id,
    chatId: Id.nullish(),
    groupName: z.string().max(200).nullish()
      .describe("ignored: the name is read from WeCom"),
  }),
  output: RecordAnswer,
  changes: true,
  detail: ({ intentId, chatId = null }, answer) => ({
    intentId,
    chatId: answer?.chatId ?? chatId,
    ...(answer && { status: answer.status }),
  }),
  repeats: () => true,
  async run(
    { deps, actor, order, intent, requestId, audited },
    { chatId },
  ): Promise<RecordAnswer> {
    const recorded = await deps.groups.record(
      actor,
      order,
      intent,
      chatId ?? null,
      { requestId, audited },
    ).catch((error) => nameMissing(deps, order, intent, error));
    if (recorded.status === "active") {
      const { createdBy, customerExternalUserId } = intent;
      await writeForGroup(deps, order, createdBy, customerExternalUserId);
    }
    return recorded.status === "active"
      ? {
        success: true,
        chatId: recorded.chat.chatId,
        groupName: recorded.chat.name,
        status: "active",
      }
      : {
        success: true,
        chatId: null,
        groupName: recorded.groupName,
        status: "searching",
      };
  },
});

/** Tells by name who is not in the group. */
async function nameMissing(
  { staff }: Needs,
  { customerName }: Order,
  { externalUserIds }: Intent,
  error: unknown,
): Promise<never> {
  if (!isAppError(error, "CHAT_REJECTED") || !error.details?.missing) {
    throw error;
  }
  const { details, details: { missing } } = error;
  const names = await staff.names(missing);
  const isCustomer = (id: string) => externalUserIds.includes(id);
  // Of a couple one may be in it.
  const customer = externalUserIds.every((id) => missing.includes(id))
    ? `客户${customerName}`
    : "另一位客户";
  const people = new Set(
    missing.map((id) => isCustomer(id) ? customer : names.get(id) ?? id),
  );
  throw new AppError("CHAT_REJECTED", {
    msg: `这个群里没有${[...people].join("、")}，没有记录`,
    details,
    cause: error,
  });
}
