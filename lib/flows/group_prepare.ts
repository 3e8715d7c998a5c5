/**
 * Takes the lease of a creation at the tap that confirms: everything that
 * openEnterpriseChat needs (98429), and an intent that only one person can hold
 * for an order. A group that exists is answered instead.
 */
import { CustomerFields, customersOf, requireContacts } from "./customers.ts";
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { PrepareAnswer } from "./schemas.ts";
import { SecondField, secondFor } from "./second_colleague.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { FollowDeps } from "../contacts/link.ts";
import { named } from "../groups/errors.ts";
import type { Groups } from "../groups/groups.ts";
import { AppError, isAppError } from "../http/errors.ts";
import { tellExisting } from "../groups/standing_words.ts";
import type { Settings } from "../settings/settings.ts";
import type { Staff } from "../staff/staff.ts";
import { z } from "zod";

type Needs = FollowDeps & {
  contacts: Contacts;
  groups: Groups;
  settings: Settings;
  staff: Staff;
};

export const groupPrepare = flow<Needs>()({
  summary: "准备建群",
  who: RIGHTS.actOnOrder,
  input: z.object({
    orderId: Id,
    ...CustomerFields,
    ...SecondField,
    attempt: Id.optional()
      .describe("an id of the page; absent from pages of the release before"),
    takeOver: z.boolean().optional()
      .describe("go on here instead of on the same person's other page"),
    force: z.boolean().optional()
      .describe("another group besides one that was offered"),
  }),
  output: PrepareAnswer,
  changes: true,
  detail: ({ attempt, takeOver, force, secondColleague }, answer) => ({
    ...(secondColleague !== undefined && { secondColleague }),
    ...(attempt && { attempt }),
    ...(takeOver && { takeOver }),
    ...(force && { force }),
    ...(answer && "existing" in answer && { chatId: answer.existing.chatId }),
    ...(answer && "intentId" in answer && { intentId: answer.intentId }),
  }),
  repeats: ({ attempt }) => attempt !== undefined,
  async run({ deps, actor, order, requestId, audited }, input) {
    const customers = customersOf(input);
    await requireContacts(deps, actor.wxUserId, customers);
    const { attempt, takeOver, force } = input;
    const second = await secondFor(deps, order, input.secondColleague);
    const prepared = await deps.groups.prepare(actor, order, {
      customers,
      second,
      attempt,
      takeOver,
      force,
      requestId,
      audited,
    }).catch((error) => nameHolder(deps, error));
    if (prepared.kind === "existing") {
      const { linkable, ...existing } = prepared.existing;
      return {
        existing: {
          ...existing,
          ...(linkable && {
            linkable: true,
            ...linkable,
            offer: tellExisting(existing.groupName, linkable.memberCount),
          }),
        },
      };
    }
    const { intent } = prepared;
    return {
      intentId: intent.intentId,
      groupName: intent.groupName,
      userIds: intent.userIds,
      externalUserIds: intent.externalUserIds,
      expiresInMs: Math.max(0, intent.expiresAt.getTime() - deps.now()),
      expiresAt: intent.expiresAt.toISOString(),
    };
  },
});

/** Tells by name who is creating the group already. */
async function nameHolder(
  { staff }: Needs,
  error: unknown,
): Promise<never> {
  if (!isAppError(error, "GROUP_IN_PROGRESS") || !error.details) throw error;
  const { details } = error;
  const names = await staff.names([details.byWxUserId]);
  const byName = names.get(details.byWxUserId) ?? details.byWxUserId;
  throw new AppError("GROUP_IN_PROGRESS", {
    msg: error.msg.replace("同事", byName),
    details: named(details, byName),
    cause: error,
  });
}
