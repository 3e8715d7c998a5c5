/** The customers of a creation: one by the old field, or several (a couple). */
import { Id } from "./flow.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { type FollowDeps, requireFollowed } from "../contacts/link.ts";
import { AppError } from "../http/errors.ts";
import { z } from "zod";

export const CustomerFields = {
  customerExternalUserId: Id.optional(),
  customerExternalUserIds: z.array(Id).min(1).max(10).optional()
    .describe("instead of customerExternalUserId, for several"),
};

interface Given {
  customerExternalUserId?: string | undefined;
  customerExternalUserIds?: string[] | undefined;
}

/**
 * Each customer once, in the order given. Throws VALIDATION_FAILED if there is
 * none.
 */
export function customersOf(given: Given): [string, ...string[]] {
  const one = given.customerExternalUserId;
  const ids = [...(one ? [one] : []), ...given.customerExternalUserIds ?? []];
  const [first, ...rest] = new Set(ids);
  if (first !== undefined) return [first, ...rest];
  throw new AppError("VALIDATION_FAILED", {
    details: [{ path: "customerExternalUserId", message: "is required" }],
  });
}

/** Throws FORBIDDEN if this person does not follow one of them. */
export async function requireContacts(
  deps: FollowDeps & { contacts: Contacts },
  wxUserId: string,
  customers: readonly string[],
): Promise<void> {
  for (const customer of customers) {
    if (await deps.contacts.follows(wxUserId, customer)) continue;
    await requireFollowed(deps, wxUserId, customer);
  }
}
