/**
 * The client says that it created the group. Verified with WeCom before it is
 * stored; safe to repeat; without a chatId the server looks for the group.
 */
import { flow, type FlowContext, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { writeForGroup } from "../contacts/link.ts";
import { RecordAnswer } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import type { Intent } from "../groups/intents.ts";
import type { Order } from "../orders/order.ts";
import { isSameUser } from "../staff/user_id.ts";
import { z } from "zod";

export const groupRecord = flow({
  summary: "记录已创建的客户群",
  input: z.object({
    orderId: Id,
    intentId: Id,
    chatId: Id.nullish(),
    groupName: z.string().max(200).nullish()
      .describe("ignored: the name is read from WeCom"),
  }),
  output: RecordAnswer,
  changes: true,
  async run(
    context,
    { orderId, intentId, chatId },
  ): Promise<RecordAnswer> {
    const { services, actor } = context;
    const intent = await services.intents.find(intentId);
    const order = intent?.orderId === orderId
      ? await orderOf(context, intent)
      : await orderFor(context, orderId);
    if (intent?.orderId !== orderId) throw unknownIntent();
    const recorded = await services.groups.record(
      actor,
      order,
      intent,
      chatId ?? null,
    ).catch((error) => nameMissing(context, order, intent, error));
    if (recorded.status === "active") {
      const { createdBy, customerExternalUserId } = intent;
      await writeForGroup(services, order, createdBy, customerExternalUserId);
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
        groupName: recorded.intent.groupName,
        status: "searching",
      };
  },
});

/**
 * Who began a creation may tell how it went, whoever the order belongs to by
 * now: the group is there. Throws FORBIDDEN for others.
 */
export async function orderOf(
  context: FlowContext,
  { orderId, createdBy }: Intent,
): Promise<Order> {
  const { services, actor } = context;
  return isSameUser(createdBy, actor.wxUserId)
    ? await services.orders.get(orderId)
    : await orderFor(context, orderId);
}

/** Tells by name who is not in the group. */
async function nameMissing(
  { services }: FlowContext,
  { customerName }: Order,
  { externalUserIds }: Intent,
  error: unknown,
): Promise<never> {
  if (!(error instanceof AppError) || error.error !== "CHAT_REJECTED") {
    throw error;
  }
  const { missing } = error.details as { missing?: string[] };
  if (!missing) throw error;
  const names = await services.staff.names(missing);
  const people = missing.map((id) =>
    externalUserIds.includes(id) ? `客户${customerName}` : names.get(id) ?? id
  );
  throw new AppError("CHAT_REJECTED", {
    msg: `这个群里没有${people.join("、")}，没有记录`,
    details: error.details,
    cause: error,
  });
}

export async function requireIntent(
  { services }: FlowContext,
  intentId: string,
): Promise<Intent> {
  const intent = await services.intents.find(intentId);
  if (!intent) throw unknownIntent();
  return intent;
}

function unknownIntent(): AppError {
  return new AppError("VALIDATION_FAILED", {
    msg: "没有这次建群，请重新发起",
    details: [{ path: "intentId", message: "is no intent of this order" }],
  });
}
