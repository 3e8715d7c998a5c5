/** An order as a row of `customer_order o`, for every query that answers orders. */
import type { Fragment, Sql } from "../store/database.ts";
import { hideInOrderNo } from "./order_no.ts";
import { hideNumbers } from "../contacts/phone.ts";
import type { Vault } from "../store/vault.ts";
import { staffName } from "../staff/staff.ts";
import { lookupHashes, type OrderNumber } from "./number.ts";
import type { Order } from "./order.ts";

export type OrderRow = Order & Omit<OrderNumber, "phoneEnds">;

export function orderColumns(sql: Sql): Fragment {
  return sql`
    o.order_id, o.order_no, o.customer_name, o.phone_sealed, o.phone_hashes,
    o.shared_hashes, o.phone_rules, o.further_sealed, o.further_hashes,
    o.store_name, o.stage, o.created_at,
    o.designer_wx_user_id, ${staffName(sql, sql`o.designer_wx_user_id`)}
      as designer_name,
    o.project_manager_wx_user_id,
    ${staffName(sql, sql`o.project_manager_wx_user_id`)}
      as project_manager_name`;
}

export function toOrder(vault: Vault, row: OrderRow): Order {
  const { phoneRules: _, furtherHashes: __, ...order } = row;
  return {
    ...order,
    ...lookupHashes(vault, row),
    // The release before stored what somebody had typed into them.
    customerName: hideNumbers(order.customerName),
    orderNo: hideInOrderNo(order.orderNo),
  };
}
