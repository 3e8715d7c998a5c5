/**
 * Orders as people see them: the number masked, the state of the group. However
 * many they are, one query.
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { OrderView } from "../flows/schemas.ts";
import { maskPhone } from "../contacts/phone.ts";
import { openOrderNumber } from "./number.ts";
import type { Order } from "./order.ts";

export interface OrderViews {
  of(orders: readonly Order[]): Promise<OrderView[]>;
  one(order: Order): Promise<OrderView>;
}

interface GroupRow {
  orderId: string;
  chatId: string | null;
  groupName: string;
  status: "pending" | "searching" | "active" | "dismissed";
}

/** What counts when an order has several: the first of these. */
const WEIGHT = { active: 0, searching: 1, pending: 2, dismissed: 3 };

export function createOrderViews(deps: {
  sql: Sql;
  vault: Vault;
  now: () => number;
}): OrderViews {
  const { sql, vault, now } = deps;

  async function groupsOf(orderIds: string[]): Promise<Map<string, GroupRow>> {
    const rows = await sql<GroupRow[]>`
      select order_id, chat_id, name as group_name,
        case when dismissed_at is null then 'active' else 'dismissed' end
          as status
      from chat where order_id = any(${orderIds}::text[])
      union all
      select order_id, null, group_name, state from group_intent
      where order_id = any(${orderIds}::text[])
        and state in ('pending', 'searching')
        and expires_at > ${new Date(now())}`;
    const found = new Map<string, GroupRow>();
    for (const row of rows) {
      const other = found.get(row.orderId);
      if (!other || WEIGHT[row.status] < WEIGHT[other.status]) {
        found.set(row.orderId, row);
      }
    }
    return found;
  }

  async function of(orders: readonly Order[]): Promise<OrderView[]> {
    if (orders.length === 0) return [];
    const groups = await groupsOf(orders.map((order) => order.orderId));
    return orders.map((order) => {
      const group = groups.get(order.orderId);
      return {
        orderId: order.orderId,
        orderNo: order.orderNo,
        designerWxUserId: order.designerWxUserId,
        designerName: order.designerName,
        projectManagerWxUserId: order.projectManagerWxUserId,
        projectManagerName: order.projectManagerName,
        customerName: order.customerName,
        customerPhone: maskPhone(openOrderNumber(vault, order)),
        storeName: order.storeName,
        createdAt: order.createdAt.toISOString(),
        group: group
          ? {
            chatId: group.chatId,
            groupName: group.groupName,
            status: group.status,
          }
          : null,
      };
    });
  }

  return {
    of,
    async one(order) {
      const [view] = await of([order]);
      if (!view) throw new Error("Cannot view an order");
      return view;
    },
  };
}
