/**
 * Beside the chat with a customer: their orders, of those that the person may
 * open. Whoever does not have this contact is told the same as for one that is
 * not there.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { CustomerBeside } from "./schemas.ts";
import { type FollowDeps, requireFollowed } from "../contacts/link.ts";
import type { OrderRows } from "../groups/order_rows.ts";
import { ordersBesideCustomer } from "../orders/at_hand.ts";
import { besides } from "./sidebar_rows.ts";
import { z } from "zod";

export const sidebarCustomer = flow<FollowDeps & { orderRows: OrderRows }>()({
  summary: "聊天工具栏：这位客户的订单",
  who: RIGHTS.listOrders,
  input: z.object({ externalUserId: Id }),
  output: CustomerBeside,
  changes: false,
  async run({ deps, actor, whose }, { externalUserId }) {
    const viewer = { wxUserId: actor.wxUserId, whose };
    const look = () => ordersBesideCustomer(deps, viewer, externalUserId);
    let found = await look();
    if (!found) {
      // Added a moment ago, and missing in the mirror; or made up.
      await requireFollowed(deps, actor.wxUserId, externalUserId);
      found = await look();
    }
    if (!found) throw new Error("Cannot find the contact that was saved");
    const { name, orders, more } = found;
    return { name, orders: await besides(deps, orders, actor), more };
  },
});
