/**
 * How many orders somebody's list has, in all and with and without a group: for
 * the tabs of the page. Only the newest are counted, so that it costs the same
 * among a thousand orders and among a million; if there are more, each number is
 * the least that there are.
 */
import type { OrderCount } from "../flows/schemas.ts";
import type { Fragment, Queries, Sql } from "../store/database.ts";
import { hasGroup, type Scope, selectNewest } from "./scope.ts";

/** So many of the newest are looked at: all of most people's. */
const NEWEST = 500;

export interface OrderCounts {
  all: OrderCount;
  withGroup: OrderCount;
  withoutGroup: OrderCount;
}

interface CountsRow {
  countedAll: number;
  countedWith: number;
  countedWithout: number;
}

/** A page of orders and the counts, in one statement. */
export async function readCounted<Row extends { orderId: string }>(
  sql: Sql,
  from: Queries,
  of: string | null,
  page: Fragment,
): Promise<{ rows: Row[]; counts: OrderCounts | null }> {
  const found = await from<(CountsRow & (Row | { orderId: null }))[]>`
    select counts.*, page.*
    from ${selectCounts(sql, of)} counts left join (${page}) page on true
    order by page.created_at desc, page.order_id desc`;
  const rows: Row[] = [];
  for (
    const { countedAll: _, countedWith: _w, countedWithout: _o, ...row }
      of found
  ) {
    // The one row that is there when the page is empty.
    if (row.orderId !== null) rows.push(row as unknown as Row);
  }
  const [first] = found;
  return { rows, counts: first ? toCounts(first, of) : null };
}

/** A table of one row. */
function selectCounts(sql: Sql, of: string | null): Fragment {
  const scope: Scope = { of, after: null };
  const columns = sql`o.order_id, o.created_at, ${hasGroup(sql)} as grouped`;
  // Of all orders those with a group are found from the groups' side.
  const among = (
    column: Fragment,
    scope: Scope,
  ) =>
    sql`(select count(*) from (
      ${selectNewest(sql, column, scope, NEWEST)}) found)`;
  const withGroup = of === null
    ? among(sql`1 as one`, { ...scope, grouped: true })
    : sql`count(*) filter (where grouped)`;
  return sql`(
    select count(*)::int as counted_all, ${withGroup}::int as counted_with,
      count(*) filter (where not grouped)::int as counted_without
    from (${selectNewest(sql, columns, scope, NEWEST)}) newest)`;
}

function toCounts(
  { countedAll, countedWith, countedWithout }: CountsRow,
  of: string | null,
): OrderCounts {
  const more = countedAll >= NEWEST;
  return {
    all: { count: countedAll, more },
    withGroup: {
      count: countedWith,
      more: of === null ? countedWith >= NEWEST : more,
    },
    withoutGroup: { count: countedWithout, more },
  };
}
