/** A person's contacts, masked; another person's only for operator and admin. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { ContactList } from "./schemas.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { isSameUser } from "../staff/user_id.ts";
import { z } from "zod";

export const contactsList = flow<{ contacts: Contacts }>()({
  summary: "查询外部联系人",
  who: RIGHTS.readContacts,
  input: z.object({
    wxUserId: Id.optional(),
    cursor: z.string().max(200).optional(),
    limit: z.number().int().min(1).max(100).default(100),
  }),
  output: ContactList,
  changes: false,
  // Who looks at another person's contacts leaves a trace.
  isTold: ({ wxUserId }, actor) =>
    wxUserId !== undefined && !isSameUser(wxUserId, actor.wxUserId),
  async run({ deps, wxUserId }, { cursor, limit }) {
    const page = await deps.contacts.list(wxUserId, { cursor, limit });
    return {
      externalContacts: page.contacts,
      nextCursor: page.nextCursor,
      syncedAt: page.syncedAt?.toISOString() ?? null,
    };
  },
});
