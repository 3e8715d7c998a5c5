/**
 * The search among orders, by part of the order's number or of the customer's,
 * designer's or store's name, and by a customer's telephone number, whole or its
 * last four digits, of which only keyed hashes are compared. What many orders
 * have is near the top of the list and found by reading it; what few have is
 * found by indexes (`search_terms`, hashes) that know no order, and hand out all
 * that they have. Neither is known beforehand. So the top of the list is read,
 * which tells which of the two to try first, and the rest only if that left
 * something open: what is asked costs about the same among a thousand orders and
 * among a million. A designer's orders are found by an index that knows their
 * order.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { folded, searchTerms } from "../store/search_terms.ts";
import { staffNamed } from "../staff/staff.ts";
import { isInScope, type Scope, selectNewest } from "./scope.ts";
import type { WantedNumbers } from "./wanted_numbers.ts";

/** How many orders each turn looks at. */
export interface Turns {
  /** Read from the top first. */
  near: number;
  /** As many hits among these promise a page of them soon. */
  often: number;
  /** Read from the top for that page; behind this it is the index's. */
  wide: number;
  /** Taken from the index, unsorted. If there are more, they are many. */
  few: number;
}

const TURNS: Turns = { near: 800, often: 3, wide: 20_000, few: 1_000 };
/** From the groups' side each order is looked up by itself. */
const GROUPED: Turns = { ...TURNS, near: 100, wide: 5_000 };

export interface Search {
  scope: Scope;
  limit: number;
  /** Not blank, and in one line. */
  text: string;
  /** The same as numbers of customers. */
  numbers?: WantedNumbers | undefined;
}

/** `columns` are of `customer_order o`. */
export function searchOrders(
  sql: Sql,
  columns: Fragment,
  { scope, limit, text, numbers = { hashes: [], ends: [] } }: Search,
  { near, often, wide, few } = scope.grouped ? GROUPED : TURNS,
): Fragment {
  // In the text of the statement, so that one plan is kept for all searches.
  const number = (n: number) => literal(sql, n);
  const { indexed, hit } = waysToFind(sql, text, numbers);
  const byDesigner = isName(text);
  // Each way by itself: by no estimate can all orders be read instead.
  const byIndex = (way: (indexed: Fragment) => Fragment) =>
    indexed.map(way).reduce((all, one) => sql`${all} union ${one}`);
  const key = sql`o.order_id, o.created_at`;
  const newest = sql`o.created_at desc, o.order_id desc`;
  const read = (most: number, gate?: Fragment) =>
    selectNewest(sql, sql`${key}, ${hit} as hit`, scope, most, gate);
  // Ends with the last hit that the page needs.
  const walk = (gate: Fragment) =>
    sql`
      select order_id, created_at from (${read(wide, gate)}) o
      where hit order by created_at desc, order_id desc limit ${number(limit)}`;
  return sql`
    with near as materialized (${read(near)}),
    after_near as materialized (
      select open, open and hits >= ${number(often)} as often from (
        select count(*) filter (where hit) as hits,
          count(*) = ${number(near)}
            and count(*) filter (where hit) < ${number(limit)} as open
        from near) n),
    soon as materialized (${walk(sql`(select often from after_near)`)}),
    few as materialized (
      select * from (${
    byIndex((way) =>
      sql`(
        select ${key}, o.designer_wx_user_id, o.project_manager_wx_user_id,
          ${hit} as hit
        from customer_order o
        where (select open and not often from after_near) and ${way}
        limit ${number(few + 1)})`
    )
  }) o limit ${number(few + 1)}),
    after_few as materialized (select count(*) > ${
    number(few)
  } as open from few),
    late as materialized (${walk(sql`(select open from after_few)`)}),
    after_walks as materialized (
      select ((select often from after_near) or (select open from after_few))
        and (select count(*) from soon) + (select count(*) from late)
            < ${number(limit)}
        as open),
    -- By the index, however near the top the planner expects them.
    old as materialized (${
    byIndex((way) =>
      sql`
      select ${key} from customer_order o
      where (select open from after_walks) and ${way} and ${hit}
        and ${isInScope(sql, scope)}`
    )
  }),
    page as materialized (
      select order_id from (
        select order_id, created_at from near
        where hit and not (select open from after_near)
        union all
        select ${key} from few o
        where hit and not (select open from after_few)
          and ${isInScope(sql, scope)}
        union all
        select * from soon where not (select open from after_walks)
        union all
        select * from late where not (select open from after_walks)
        union all
        select * from old
        ${
    byDesigner
      ? sql`union select * from (${
        ofDesigners(sql, text, scope, limit)
      }) theirs`
      : sql``
  }
      ) o
      order by ${newest} limit ${number(limit)})
    select ${columns} from page join customer_order o using (order_id)
    order by ${newest}`;
}

/**
 * The newest orders of each designer of this name, as the index has them: however
 * many they have, no more are read.
 */
function ofDesigners(
  sql: Sql,
  text: string,
  scope: Scope,
  limit: number,
): Fragment {
  const designer = sql`lower(o.designer_wx_user_id collate "C")`;
  return sql`
    select theirs.* from unnest(${staffNamed(sql, text)}) as named (key)
    cross join lateral (
      select o.order_id, o.created_at from customer_order o
      where ${designer} >= named.key and ${designer} <= named.key
        and ${isInScope(sql, scope)}
      order by ${designer}, o.created_at desc, o.order_id desc
      limit ${literal(sql, limit)}) theirs`;
}

/**
 * What is meant (`hit`), and the ways to it by an index (`indexed`), which find
 * some in vain. Designers are apart (`ofDesigners`).
 */
function waysToFind(
  sql: Sql,
  text: string,
  { hashes, ends }: WantedNumbers,
): { indexed: Fragment[]; hit: Fragment } {
  // As the index has it (`customer_order_terms`).
  const line = sql`
    o.order_no || E'\\n' || o.customer_name || E'\\n' || coalesce(o.store_name, '')`;
  // Values that are not known when it is planned: the plan is one for all texts.
  const terms = sql`
    search_terms(${line}) @> (select ${searchTerms(text)}::text[])`;
  const written = sql`
    strpos(lower((${line}) collate "C"), ${folded(text)}) > 0`;
  const others = [
    ...hashes.length > 0
      ? [sql`o.phone_hashes && (select ${hashes}::text[])`]
      : [],
    ...ends.length > 0 ? [sql`o.phone_ends && (select ${ends}::text[])`] : [],
  ];
  const hit = others.reduce((all, one) => sql`${all} or ${one}`, written);
  return { indexed: [terms, ...others], hit: sql`(${hit})` };
}

/** One character is many people's, and digits are nobody's. */
function isName(text: string): boolean {
  return [...text].length > 1 && /\p{L}/u.test(text);
}
