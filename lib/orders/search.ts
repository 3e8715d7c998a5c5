/**
 * The search among orders, by part of the number or of the customer's or store's
 * name. Customers' telephone numbers are not looked through. What many orders
 * have is near the top of the list and found by reading it; what few have is
 * found by an index (`search_terms`) that knows no order. Neither is known
 * beforehand, so they are tried by turns, each only if the one before left
 * something open: what is asked costs about the same among a thousand orders and
 * among a million.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { folded, searchTerms } from "../store/search_terms.ts";
import { isInScope, type Scope, selectNewest } from "./scope.ts";

/** How many orders each turn looks at. */
export interface Turns {
  /** Read from the top before the index is asked. */
  near: number;
  /** Taken from the index, unsorted. If there are more, they are many. */
  few: number;
  /** Then read from the top again; behind this the many are sorted after all. */
  wide: number;
}

const TURNS: Turns = { near: 400, few: 1_000, wide: 20_000 };

export interface Search {
  scope: Scope;
  limit: number;
  /** Not blank, and in one line. */
  text: string;
}

/** `columns` are of `customer_order o`. */
export function searchOrders(
  sql: Sql,
  columns: Fragment,
  { scope, limit, text }: Search,
  { near, few, wide } = TURNS,
): Fragment {
  // As the index has it (`customer_order_terms`).
  const line = sql`
    o.order_no || E'\\n' || o.customer_name || E'\\n' || coalesce(o.store_name, '')`;
  // A value that is not known when it is planned: the plan is one for all texts.
  const indexed = sql`
    search_terms(${line}) @> (select ${searchTerms(text)}::text[])`;
  const hit = sql`
    strpos(lower((${line}) collate "C"), ${folded(text)}) > 0`;
  const key = sql`o.order_id, o.created_at`;
  const newest = sql`o.created_at desc, o.order_id desc`;
  const walk = (most: number, gate?: Fragment) =>
    selectNewest(sql, sql`${key}, ${hit} as hit`, scope, most, gate);
  return sql`
    with near as materialized (${walk(near)}),
    after_near as materialized (
      select count(*) = ${near}
        and count(*) filter (where hit) < ${limit} as open
      from near),
    few as materialized (
      select * from customer_order o
      where (select open from after_near) and ${indexed}
      limit ${few + 1}),
    after_few as materialized (
      select count(*) > ${few} as open from few),
    wide as materialized (
      select * from (${walk(wide, sql`(select open from after_few)`)}) o
      where hit order by ${newest} limit ${limit}),
    after_wide as materialized (
      select (select open from after_few) and count(*) < ${limit} as open
      from wide),
    rest as materialized (
      select ${key}, true as hit from customer_order o
      where (select open from after_wide) and ${indexed} and ${hit}
        and ${isInScope(sql, scope)}
      order by ${newest} limit ${limit}),
    page as materialized (
      select order_id from (
        select * from near where not (select open from after_near)
        union all
        select ${key}, true from few o
        where not (select open from after_few)
          and ${hit} and ${isInScope(sql, scope)}
        union all
        select * from wide where not (select open from after_wide)
        union all
        select * from rest
      ) o
      where hit order by ${newest} limit ${limit})
    select ${columns} from page join customer_order o using (order_id)
    order by ${newest}`;
}
