/**
 * Turns at an order. A creation that is opened while a group is bound would be
 * seen by neither of the two transactions, and stay open beside the group.
 */
import type { TransactionSql } from "../store/database.ts";

/** Waits for its turn, until the transaction ends. Before any other row. */
export async function lockOrder(
  sql: TransactionSql,
  orderId: string,
): Promise<void> {
  await sql`
    select 1 from customer_order where order_id = ${orderId}
    for no key update`;
}
