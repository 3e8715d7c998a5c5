/**
 * Beside the chat of a customer group: its order with the company's welcome, or
 * the orders that it could be linked to by `group.link`. Whoever is not in the
 * group is told the same as for one that is not there.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { GroupBeside } from "./schemas.ts";
import { besides } from "./sidebar_rows.ts";
import { type LearnDeps, learnGroup } from "../groups/learn_group.ts";
import type { OrderRows } from "../groups/order_rows.ts";
import { AppError } from "../http/errors.ts";
import { type GroupAtHand, orderBesideGroup } from "../orders/at_hand.ts";
import { welcomeFor } from "../settings/definitions.ts";
import type { Settings } from "../settings/settings.ts";
import { chatName } from "../ui/names.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { Vault } from "../store/vault.ts";
import { z } from "zod";

interface Needs extends LearnDeps {
  vault: Vault;
  orderRows: OrderRows;
  settings: Settings;
}

export const sidebarGroup = flow<Needs>()({
  summary: "聊天工具栏：这个客户群的订单",
  who: RIGHTS.listOrders,
  input: z.object({ chatId: Id }),
  output: GroupBeside,
  changes: false,
  async run({ deps, actor, whose }, { chatId }): Promise<GroupBeside> {
    const viewer = { wxUserId: actor.wxUserId, whose };
    const look = () => orderBesideGroup(deps, viewer, chatId);
    let found = await look();
    if (!found) {
      // Made or joined a moment ago, and missing in the mirror; or made up.
      await learnGroup(deps, chatId);
      found = await look();
    }
    if (!found) {
      throw new AppError("GROUP_NOT_FOUND", {
        msg: "企业微信里查不到您在这个群里。刚建的群请稍等几秒再试",
      });
    }
    const { owner } = found;
    const [orders, { welcome }] = await Promise.all([
      besides(deps, found.orders, actor),
      deps.settings.read(),
    ]);
    const [order] = orders;
    const own = found.bound && order ? order : null;
    return {
      chatId,
      groupName: chatName(found.name),
      state: stateOf(found),
      owner,
      mayLink: isSameUser(owner.wxUserId, actor.wxUserId),
      customers: found.customers,
      order: own,
      welcome: own && welcomeFor({ welcome }, own),
      choices: found.bound ? [] : orders,
    };
  },
});

function stateOf({ bound, orders }: GroupAtHand): GroupBeside["state"] {
  if (!bound) return "free";
  return orders.length > 0 ? "linked" : "taken";
}
