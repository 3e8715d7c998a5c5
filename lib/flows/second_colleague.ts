/**
 * The second colleague of a group that would otherwise be one colleague and one
 * customer: whom the page names, or the company's settings for the store.
 */
import { Id } from "./flow.ts";
import type { Second } from "../groups/second.ts";
import { AppError } from "../http/errors.ts";
import type { Order } from "../orders/order.ts";
import { secondColleagueOf } from "../settings/definitions.ts";
import type { Settings } from "../settings/settings.ts";
import type { Staff } from "../staff/staff.ts";

export const SecondField = {
  secondColleague: Id.nullable().optional().describe(
    "put into the group, too; null: nobody; absent: the settings' own, where the group would be one colleague and one customer",
  ),
};

/** Throws VALIDATION_FAILED for who is no staff, or has left. */
export async function secondFor(
  { settings, staff }: { settings: Pick<Settings, "read">; staff: Staff },
  { storeName }: Order,
  asked: string | null | undefined,
): Promise<Second> {
  if (asked === undefined) {
    const id = secondColleagueOf(await settings.read(), storeName);
    return { asked: false, person: id === null ? null : await staff.find(id) };
  }
  const person = asked === null ? null : await staff.find(asked);
  if (asked !== null && person === null) {
    throw new AppError("VALIDATION_FAILED", {
      msg: "选的这位同事不是在职员工，请换一位",
      details: [{ path: "secondColleague", message: "is no member of staff" }],
    });
  }
  return { asked: true, person };
}
