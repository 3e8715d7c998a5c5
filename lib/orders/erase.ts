/**
 * Erases the customers of an order on request (DESIGN 12): names and numbers of the
 * order, and what the mirror has of the contacts that stand for them. Group, events
 * and audit log hold ids and stay.
 */
import { eraseContacts, ERASED } from "../contacts/erase.ts";
import { customersOf } from "../contacts/customers.ts";
import type { Audited } from "../audit/audit.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { storeOrderNumber } from "./number.ts";
import type { Order } from "./order.ts";

/** Answers how many contacts were erased with the order. */
export async function eraseOrder(
  { sql, vault, now }: { sql: Sql; vault: Vault; now: () => number },
  order: Order,
  by: string,
  audited: Audited,
): Promise<number> {
  const at = new Date(now());
  const { orderId } = order;
  const empty = storeOrderNumber(vault, orderId, "");
  const customers = await sql<{ externalUserId: string }[]>`
    select distinct external_user_id
    from ${customersOf(sql, [order])} customer where sure`;
  const ids = customers.map((one) => one.externalUserId);
  return await sql.begin(async (sql) => {
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
    await audited(sql, { contacts: ids.length });
    return ids.length;
  });
}
