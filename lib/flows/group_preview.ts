/** What the sheet says before anybody confirms. Takes nothing; may ask WeCom. */
import { CustomerFields, customersOf, requireContacts } from "./customers.ts";
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { PreviewAnswer } from "./schemas.ts";
import { SecondField, secondFor } from "./second_colleague.ts";
import type { Contacts } from "../contacts/contacts.ts";
import {
  confirmColleagues,
  type ConfirmDeps,
} from "../contacts/confirm_colleagues.ts";
import type { FollowDeps } from "../contacts/link.ts";
import { named } from "../groups/errors.ts";
import type { Groups } from "../groups/groups.ts";
import type { Settings } from "../settings/settings.ts";
import { staffOf } from "../staff/actor.ts";
import type { Staff } from "../staff/staff.ts";
import { distinctUsers } from "../staff/user_id.ts";
import { z } from "zod";

type Needs = FollowDeps & ConfirmDeps & {
  contacts: Contacts;
  groups: Groups;
  settings: Settings;
  staff: Staff;
};

export const groupPreview = flow<Needs>()({
  summary: "建群前的预览",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id, ...CustomerFields, ...SecondField }),
  output: PreviewAnswer,
  changes: false,
  async run({ deps, actor, order, requestId }, input) {
    const customers = customersOf(input);
    const { wxUserId } = actor;
    const second = await secondFor(deps, order, input.secondColleague);
    const isAlone = distinctUsers([...staffOf(order), wxUserId]).length === 1;
    const others = second.person && (second.asked || isAlone)
      ? [second.person.wxUserId]
      : [];
    await Promise.all([
      requireContacts(deps, wxUserId, customers),
      confirmColleagues(deps, order, wxUserId, others),
    ]);
    const answer = await deps.groups.preview(actor, order, {
      customers,
      second,
      requestId,
    });
    const { inProgress } = answer;
    if (!inProgress) return answer;
    const names = await deps.staff.names([inProgress.byWxUserId]);
    const byName = names.get(inProgress.byWxUserId);
    return { ...answer, inProgress: named(inProgress, byName) };
  },
});
