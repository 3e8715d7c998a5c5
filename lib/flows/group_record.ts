/**
 * The client says that it created the group. Verified with WeCom before it is
 * stored; safe to repeat; without a chatId the server looks for the group.
 */
import { flow, type FlowContext, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { RecordAnswer } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import type { Intent } from "../groups/intents.ts";
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
    const order = await orderFor(context, orderId);
    const intent = await requireIntent(context, intentId);
    if (intent.orderId !== orderId) throw unknownIntent();
    const recorded = await services.groups.record(
      actor,
      order,
      intent,
      chatId ?? null,
    );
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
