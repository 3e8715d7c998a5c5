/** Who counts as the order's customer in its group. */
import type { Sql } from "../store/database.ts";
import { type Customer, customersOf } from "../contacts/customers.ts";
import type { Order } from "../orders/order.ts";

/**
 * Whoever was decided; unless it was by hand, also who of this group has the
 * order's number, since somebody may come back with another account.
 */
export async function customersOfGroup(
  sql: Sql,
  order: Order,
  chatId: string,
): Promise<Set<string>> {
  const rows = await sql<(Customer & { present: boolean | null })[]>`
    select customer.external_user_id, customer.source, customer.sure,
      bool_or(m.left_at is null) filter (where m.chat_id is not null) as present
    from ${customersOf(sql, [order])} customer
    left join chat_member m on m.chat_id = ${chatId}
      and m.member_id = customer.external_user_id
    group by customer.external_user_id, customer.source, customer.sure`;
  const decided = rows.filter((row) => row.source !== null);
  const ids = new Set(decided.map((row) => row.externalUserId));
  if (decided.some((row) => row.source === "hand")) return ids;
  // Without a decision those who left it count, too: they belong into it.
  const numbered = rows.filter((row) =>
    row.source === null && row.sure &&
    (decided.length === 0 ? row.present !== null : row.present)
  );
  return new Set([...ids, ...numbered.map((row) => row.externalUserId)]);
}
