/** One contact of the signed-in person, to be looked at before it is chosen. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { Candidate } from "./schemas.ts";
import { viewCandidate } from "./customer_match.ts";
import { type FollowDeps, requireFollowed } from "../contacts/link.ts";
import type { Matcher } from "../contacts/match.ts";
import { z } from "zod";

export const contactGet = flow<FollowDeps & { matcher: Matcher }>()({
  summary: "查询本人的一位联系人",
  who: RIGHTS.useAsStaff,
  input: z.object({ externalUserId: Id }),
  output: Candidate,
  changes: false,
  async run({ deps, actor }, { externalUserId }) {
    const find = () => deps.matcher.contact(actor.wxUserId, externalUserId);
    let contact = await find();
    if (!contact) {
      // The contact may have been added a moment ago, and be missing in the
      // mirror.
      await requireFollowed(deps, actor.wxUserId, externalUserId);
      contact = await find();
    }
    if (!contact) throw new Error("Cannot find the contact that was saved");
    return viewCandidate(contact);
  },
});
