/** A person's contacts, masked; another person's only for operator and admin. */
import { flow, Id } from "./flow.ts";
import { ContactList } from "./schemas.ts";
import { seesAllOrders } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import { AppError } from "../http/errors.ts";
import { z } from "zod";

export const contactsList = flow({
  summary: "查询外部联系人",
  input: z.object({
    wxUserId: Id.optional(),
    cursor: z.string().max(200).optional(),
    limit: z.number().int().min(1).max(100).default(100),
  }),
  output: ContactList,
  changes: false,
  async run({ services, actor }, { wxUserId = actor.wxUserId, cursor, limit }) {
    const own = isSameUser(wxUserId, actor.wxUserId);
    if (!own && !seesAllOrders(actor)) {
      throw new AppError("FORBIDDEN", { msg: "只能查看自己的联系人" });
    }
    const page = await services.contacts.list(wxUserId, { cursor, limit });
    return {
      externalContacts: page.contacts,
      nextCursor: page.nextCursor,
      syncedAt: page.syncedAt?.toISOString() ?? null,
    };
  },
});
