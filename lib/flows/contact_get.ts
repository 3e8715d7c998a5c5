/** One contact of the signed-in person, to be looked at before it is chosen. */
import { flow, Id } from "./flow.ts";
import { Candidate } from "./schemas.ts";
import { viewCandidate } from "./customer_match.ts";
import { requireFollowed } from "../contacts/link.ts";
import { z } from "zod";

export const contactGet = flow({
  summary: "查询本人的一位联系人",
  input: z.object({ externalUserId: Id }),
  output: Candidate,
  changes: false,
  async run({ services, actor }, { externalUserId }) {
    const find = () => services.matcher.contact(actor.wxUserId, externalUserId);
    let contact = await find();
    if (!contact) {
      // Added a moment ago: the mirror may not know.
      await requireFollowed(services, actor.wxUserId, externalUserId);
      contact = await find();
    }
    if (!contact) throw new Error("Cannot find the contact that was saved");
    return viewCandidate(contact);
  },
});
