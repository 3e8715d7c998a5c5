/**
 * A page of orders, newest first, paged by (created_at, order_id). Somebody's own
 * are looked up as designer and as project manager apart, each by an index of its
 * own order: with an "or" all orders of the company are walked through until the
 * page is full, and to the end by who has few.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { userKey } from "../staff/user_id.ts";

export interface PageQuery {
  /** Only orders of this designer or project manager; null for all. */
  of: string | null;
  /** Behind this order. */
  after: { at: Date; orderId: string } | null;
  limit: number;
  grouped?: boolean | undefined;
  text?: string | undefined;
}

/** `columns` are of `customer_order o`. */
export function selectPage(
  sql: Sql,
  columns: Fragment,
  { of, after, limit, ...wanted }: PageQuery,
): Fragment {
  const behind = after === null
    ? sql``
    : sql`and (o.created_at, o.order_id) < (${after.at}, ${after.orderId})`;
  const page = (whose: Fragment) =>
    sql`
      select ${columns} from customer_order o
      where ${whose} ${behind} ${filters(sql, wanted)}
      order by o.created_at desc, o.order_id desc limit ${limit}`;
  if (of === null) return page(sql`true`);
  const key = userKey(of);
  const designer = sql`lower(o.designer_wx_user_id collate "C")`;
  const manager = sql`lower(o.project_manager_wx_user_id collate "C")`;
  return sql`
    select * from (
      (${page(sql`${designer} = ${key}`)})
      union all
      (${page(sql`${manager} = ${key} and ${designer} <> ${key}`)})
    ) o
    order by o.created_at desc, o.order_id desc limit ${limit}`;
}

function filters(
  sql: Sql,
  { grouped, text }: Pick<PageQuery, "grouped" | "text">,
): Fragment {
  const group = sql`exists (
    select 1 from chat c
    where c.order_id = o.order_id and c.dismissed_at is null)`;
  const like = text ? `%${text.replace(/[\\%_]/g, "\\$&")}%` : null;
  return sql`
    ${
    grouped === undefined
      ? sql``
      : grouped
      ? sql`and ${group}`
      : sql`and not ${group}`
  }
    ${
    like === null ? sql`` : sql`and (o.order_no ilike ${like}
      or o.customer_name ilike ${like} or o.store_name ilike ${like})`
  }`;
}
