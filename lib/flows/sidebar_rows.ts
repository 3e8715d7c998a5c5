/** Orders beside a chat, as rows of the list. */
import type { OrderRows } from "../groups/order_rows.ts";
import type { OrderAtHand } from "../orders/at_hand.ts";
import type { Actor } from "../staff/actor.ts";
import type { OrderBeside } from "./schemas.ts";

export async function besides(
  { orderRows }: { orderRows: OrderRows },
  found: readonly OrderAtHand[],
  { wxUserId }: Actor,
): Promise<OrderBeside[]> {
  const rows = await orderRows.of(found.map(({ order }) => order), wxUserId);
  return rows.map((row, at) => ({ ...row, sure: found[at]?.sure ?? false }));
}
