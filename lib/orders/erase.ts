/**
 * Erases the customers of an order on request (DESIGN 12): names and numbers of the
 * order, and what the mirror has of the contacts that stand for them. Group, events
 * and audit log hold ids and stay.
 */
import {
  beginErasing,
  eraseContacts,
  ERASED,
  eraseWrittenNumbers,
} from "../contacts/erase.ts";
import { customersOf } from "../contacts/customers.ts";
import { eraseMembers } from "../chats/erase.ts";
import { customersOfGroups } from "../groups/erase.ts";
import type { Audited } from "../audit/audit.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { storeOrderNumber } from "./number.ts";
import type { Order } from "./order.ts";

export interface Erasure {
  /** How many contacts were erased with the order. */
  contacts: number;
  /** Orders that hold one of the numbers, each to be erased by itself. */
  otherOrders: string[];
}

export async function eraseOrder(
  { sql, vault, now }: { sql: Sql; vault: Vault; now: () => number },
  order: Order,
  by: string,
  audited: Audited,
): Promise<Erasure> {
  const at = new Date(now());
  const { orderId } = order;
  const empty = storeOrderNumber(vault, orderId, "");
  return await sql.begin(async (sql) => {
    await beginErasing(sql);
    const customers = await sql<{ externalUserId: string }[]>`
      select distinct external_user_id
      from ${customersOf(sql, [order])} customer where sure`;
    // A remark may have lost the number since; the group was made with them.
    const ids = [
      ...new Set([
        ...customers.map((one) => one.externalUserId),
        ...await customersOfGroups(sql, orderId),
      ]),
    ];
    const others = await sql<{ orderId: string }[]>`
      select order_id from customer_order
      where phone_hashes && ${order.phoneHashes}::text[]
        and order_id <> ${orderId} order by order_id`;
    await sql`
      insert into erased_order (order_id, erased_at, erased_by)
      values (${orderId}, ${at}, ${by}) on conflict do nothing`;
    await sql`
      update customer_order set customer_name = ${ERASED},
        phone_sealed = ${empty.phoneSealed}, phone_hashes = '{}',
        shared_hashes = '{}', phone_ends = '{}', further_sealed = '',
        further_hashes = '{}', updated_at = ${at}
      where order_id = ${orderId}`;
    await eraseContacts(sql, ids, { at, by });
    await eraseMembers(sql, ids, ERASED);
    await eraseWrittenNumbers(sql, orderId);
    await audited(sql, { contacts: ids.length });
    const otherOrders = others.map((one) => one.orderId);
    return { contacts: ids.length, otherOrders };
  });
}
