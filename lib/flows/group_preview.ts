/** What the sheet says before anybody confirms. Takes nothing; may ask WeCom. */
import { CustomerFields, customersOf, requireContacts } from "./customers.ts";
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { PreviewAnswer } from "./schemas.ts";
import type { Contacts } from "../contacts/contacts.ts";
import {
  confirmColleagues,
  type ConfirmDeps,
} from "../contacts/confirm_colleagues.ts";
import type { FollowDeps } from "../contacts/link.ts";
import type { Groups } from "../groups/groups.ts";
import type { Staff } from "../staff/staff.ts";
import { z } from "zod";

type Needs = FollowDeps & ConfirmDeps & {
  contacts: Contacts;
  groups: Groups;
  staff: Staff;
};

export const groupPreview = flow<Needs>()({
  summary: "建群前的预览",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id, ...CustomerFields }),
  output: PreviewAnswer,
  changes: false,
  async run({ deps, actor, order, requestId }, input) {
    const customers = customersOf(input);
    const { wxUserId } = actor;
    await Promise.all([
      requireContacts(deps, wxUserId, customers),
      confirmColleagues(deps, order, wxUserId),
    ]);
    const answer = await deps.groups.preview(actor, order, {
      customers,
      requestId,
    });
    const { inProgress } = answer;
    if (!inProgress) return answer;
    const names = await deps.staff.names([inProgress.byWxUserId]);
    const byName = names.get(inProgress.byWxUserId) ?? inProgress.byName;
    return { ...answer, inProgress: { ...inProgress, byName } };
  },
});
