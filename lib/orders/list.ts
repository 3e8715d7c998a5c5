/** A page of orders, newest first, paged by (created_at, order_id). */
import type { Fragment, Sql } from "../store/database.ts";
import { type Scope, selectNewest } from "./scope.ts";
import { searchOrders } from "./search.ts";
import type { WantedNumbers } from "./wanted_numbers.ts";

export interface PageQuery extends Scope {
  limit: number;
  text?: string | undefined;
  numbers?: WantedNumbers | undefined;
}

/** `columns` are of `customer_order o`. */
export function selectPage(
  sql: Sql,
  columns: Fragment,
  { limit, text, numbers, ...scope }: PageQuery,
): Fragment {
  // A line break parts the fields of an order; in a text that was pasted it is
  // a blank.
  const wanted = text?.replaceAll(/\s*\n\s*/g, " ").trim();
  return wanted
    ? searchOrders(sql, columns, { scope, limit, text: wanted, numbers })
    : selectNewest(sql, columns, scope, limit);
}
