/**
 * What waits for its group after this order: a person's own orders without one,
 * the newest first, as their list has them. More than 99 are not counted.
 */
import type { Sql } from "../store/database.ts";
import { orderPath } from "./path.ts";
import { selectNewest } from "./scope.ts";

const MOST = 99;

export interface NextOrder {
  path: string;
  /** In words, since there may be more. */
  waiting: string;
}

/** null: no other order of this person waits. */
export async function nextWaiting(
  sql: Sql,
  wxUserId: string,
  orderId: string,
): Promise<NextOrder | null> {
  const scope = { of: wxUserId, after: null, grouped: false };
  const rows = await sql<{ orderId: string }[]>`
    ${selectNewest(sql, sql`o.order_id, o.created_at`, scope, MOST + 2)}`;
  const others = rows.filter((row) => row.orderId !== orderId);
  const [next] = others;
  if (!next) return null;
  const waiting = others.length > MOST ? `${MOST}+` : String(others.length);
  return { path: orderPath(next.orderId), waiting };
}
