/**
 * Prepares a creation: everything that openEnterpriseChat needs, and an intent
 * that only one person can hold for an order. A group that exists is answered
 * instead.
 */
import { flow, type FlowContext, Id } from "./flow.ts";
import { orderFor } from "./access.ts";
import { PrepareAnswer } from "./schemas.ts";
import { requireFollowed } from "../contacts/link.ts";
import { AppError } from "../http/errors.ts";
import { z } from "zod";

export const groupPrepare = flow({
  summary: "准备建群",
  input: z.object({
    orderId: Id,
    customerExternalUserId: Id,
    force: z.boolean().optional()
      .describe("create even though a group made by hand exists"),
  }),
  output: PrepareAnswer,
  changes: true,
  async run(context, { orderId, customerExternalUserId, force }) {
    const { services, actor } = context;
    const order = await orderFor(context, orderId);
    if (
      !await services.contacts.follows(actor.wxUserId, customerExternalUserId)
    ) {
      await requireFollowed(services, actor.wxUserId, customerExternalUserId);
    }
    const designer = order.designerWxUserId;
    const names = await services.staff.names([designer]);
    const prepared = await services.groups.prepare(
      actor,
      order,
      { externalUserId: customerExternalUserId },
      { force, designerName: names.get(designer) ?? designer },
    ).catch((error) => nameHolder(context, error));
    if (prepared.kind === "existing") {
      const { chat } = prepared;
      return {
        existing: {
          chatId: chat.chatId,
          groupName: chat.name,
          ...(prepared.linkable
            ? {
              linkable: true,
              createdAt: chat.createdAt.toISOString(),
              memberCount: prepared.chat.memberCount,
            }
            : {}),
        },
      };
    }
    const { intent } = prepared;
    return {
      intentId: intent.intentId,
      groupName: intent.groupName,
      userIds: intent.userIds,
      externalUserIds: intent.externalUserIds,
      expiresInMs: intent.expiresAt.getTime() - services.now(),
      expiresAt: intent.expiresAt.toISOString(),
    };
  },
});

/** Tells by name who is creating the group already. */
async function nameHolder(
  { services }: FlowContext,
  error: unknown,
): Promise<never> {
  if (error instanceof AppError && error.error === "GROUP_IN_PROGRESS") {
    const details = error.details as { byWxUserId: string };
    const names = await services.staff.names([details.byWxUserId]);
    const byName = names.get(details.byWxUserId) ?? details.byWxUserId;
    throw new AppError("GROUP_IN_PROGRESS", {
      msg: error.msg.replace("同事", byName),
      details: { ...details, byName },
      cause: error,
    });
  }
  throw error;
}
