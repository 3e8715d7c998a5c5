/**
 * Prepares a creation: everything that openEnterpriseChat needs, and an intent
 * that only one person can hold for an order. A group that exists is answered
 * instead.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { PrepareAnswer } from "./schemas.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { type FollowDeps, requireFollowed } from "../contacts/link.ts";
import type { Groups } from "../groups/groups.ts";
import { AppError } from "../http/errors.ts";
import type { Staff } from "../staff/staff.ts";
import { z } from "zod";

type Needs = FollowDeps & { contacts: Contacts; groups: Groups; staff: Staff };

export const groupPrepare = flow<Needs>()({
  summary: "准备建群",
  who: RIGHTS.actOnOrder,
  input: z.object({
    orderId: Id,
    customerExternalUserId: Id,
    force: z.boolean().optional()
      .describe("create even though a group made by hand exists"),
  }),
  output: PrepareAnswer,
  changes: true,
  async run({ deps, actor, order }, { customerExternalUserId, force }) {
    if (!await deps.contacts.follows(actor.wxUserId, customerExternalUserId)) {
      await requireFollowed(deps, actor.wxUserId, customerExternalUserId);
    }
    const designer = order.designerWxUserId;
    const names = await deps.staff.names([designer]);
    const prepared = await deps.groups.prepare(
      actor,
      order,
      { externalUserId: customerExternalUserId },
      { force, designerName: names.get(designer) ?? designer },
    ).catch((error) => nameHolder(deps, error));
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
      expiresInMs: intent.expiresAt.getTime() - deps.now(),
      expiresAt: intent.expiresAt.toISOString(),
    };
  },
});

/** Tells by name who is creating the group already. */
async function nameHolder(
  { staff }: Needs,
  error: unknown,
): Promise<never> {
  if (error instanceof AppError && error.error === "GROUP_IN_PROGRESS") {
    const details = error.details as { byWxUserId: string };
    const names = await staff.names([details.byWxUserId]);
    const byName = names.get(details.byWxUserId) ?? details.byWxUserId;
    throw new AppError("GROUP_IN_PROGRESS", {
      msg: error.msg.replace("同事", byName),
      details: { ...details, byName },
      cause: error,
    });
  }
  throw error;
}
