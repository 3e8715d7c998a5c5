/** Whom the groups of an order were made with. */
import type { Queries } from "../store/database.ts";

/** The customers of each creation that ended in a group: each of them was told by a person. */
export async function customersOfGroups(
  queries: Queries,
  orderId: string,
): Promise<string[]> {
  const rows = await queries<{ id: string }[]>`
    select distinct unnest(external_user_ids) as id from group_intent
    where order_id = ${orderId} and state = 'active'`;
  return rows.map((row) => row.id);
}
