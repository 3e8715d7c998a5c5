/** An order and how things stand with its group, as the ERP asks: of our record. */
import { withoutNumbers } from "../contacts/masked.ts";
import { AppError } from "../http/errors.ts";
import type { Groups } from "../groups/groups.ts";
import type { GroupViews } from "../groups/view.ts";
import type { Orders } from "../orders/orders.ts";
import type { OrderViews } from "../orders/view.ts";

export interface StateDeps {
  orders: Pick<Orders, "find">;
  orderViews: OrderViews;
  groups: Pick<Groups, "situation">;
  groupViews: Pick<GroupViews, "ofSituation">;
}

/** Throws ORDER_NOT_FOUND: what is not here is not asked of who asks us. */
export async function tellErp(deps: StateDeps, orderId: string | null) {
  const order = orderId === null ? null : await deps.orders.find(orderId);
  if (!order) throw new AppError("ORDER_NOT_FOUND");
  const situation = await deps.groups.situation(order.orderId);
  const view = deps.orderViews.view(order, situation);
  const chat = await deps.groupViews.ofSituation(order, situation);
  return withoutNumbers({
    ...view,
    stage: order.stage,
    group: view.group && {
      ...view.group,
      ...(chat && {
        ownerWxUserId: chat.owner?.wxUserId ?? null,
        customerJoined: chat.customerJoined,
        members: chat.members.length,
        createdAt: chat.createdAt,
        syncedAt: chat.syncedAt,
      }),
    },
  });
}

/** Decoded once and wholly; null for what is no id. */
export function orderIdIn(url: URL): string | null {
  try {
    const id = decodeURIComponent(url.pathname.split("/")[4] ?? "");
    return id === "" || id.length > 64 || id.includes("\0") ? null : id;
  } catch {
    return null;
  }
}
