/**
 * Orders of a scope, newest first, by (created_at, order_id): as an index has
 * them, so that a page costs the same however many orders there are. Somebody's
 * own are looked up as designer and as project manager apart, each by an index of
 * its own order: with an "or" all orders of the company are walked through until
 * the page is full, and to the end by who has few. Orders that have a group are
 * found from the groups' side (`chat.order_created_at`).
 */
import type { Fragment, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { userKey } from "../staff/user_id.ts";

/** Which orders are looked at, whatever is looked for in them. */
export interface Scope {
  /** Only orders of this designer or project manager; null for all. */
  of: string | null;
  /** Behind this order. */
  after: { at: Date; orderId: string } | null;
  /** With a living group, or without one. */
  grouped?: boolean | undefined;
}

/**
 * The newest of a scope. `gate` is asked once, before anything is read: when it
 * is false, nothing is. `columns` are of `customer_order o`.
 */
export function selectNewest(
  sql: Sql,
  columns: Fragment,
  scope: Scope,
  limit: number,
  gate = sql`true`,
): Fragment {
  const { of, after, grouped } = scope;
  const most = literal(sql, limit);
  if (of === null && grouped) {
    const behind = after
      ? sql`and (c.order_created_at, c.order_id) < (${after.at}, ${after.orderId})`
      : sql``;
    return sql`
      select ${columns} from chat c
      join customer_order o on o.order_id = c.order_id
      where ${gate} and c.order_id is not null and c.dismissed_at is null
        ${behind}
      order by c.order_created_at desc, c.order_id desc limit ${most}`;
  }
  const newest = sql`o.created_at desc, o.order_id desc`;
  const part = isInPart(sql, scope);
  if (of === null) {
    return sql`
      select ${columns} from customer_order o where ${gate} and ${part}
      order by ${newest} limit ${most}`;
  }
  const { designer, manager } = people(sql);
  const key = userKey(of);
  // Between the key and the key, and in the order of the person's index: by no
  // estimate can all orders of the company be walked through instead, as where
  // one manager has most of them and another has none.
  const page = (person: Fragment, other = sql`true`) =>
    sql`
      select ${columns} from customer_order o
      where ${gate} and ${person} >= ${key} and ${person} <= ${key}
        and ${other} and ${part}
      order by ${person}, ${newest} limit ${most}`;
  return sql`
    select * from (
      (${page(designer)})
      union all
      (${page(manager, sql`${designer} <> ${key}`)})
    ) o
    order by ${newest} limit ${most}`;
}

/** A row `o` that was found otherwise belongs to the scope. */
export function isInScope(sql: Sql, scope: Scope): Fragment {
  const part = isInPart(sql, scope, hasGroup(sql));
  if (scope.of === null) return part;
  const { designer, manager } = people(sql);
  const key = userKey(scope.of);
  return sql`(${designer} = ${key} or ${manager} = ${key}) and ${part}`;
}

/**
 * A row `o` has a living group. With the limit it is looked up for each: no plan
 * reads all groups for it.
 */
export function hasGroup(sql: Sql): Fragment {
  return sql`(
    select 1 from chat c
    where c.order_id = o.order_id and c.dismissed_at is null
    limit 1) is not null`;
}

/** Behind the cursor, and with or without a group. */
function isInPart(
  sql: Sql,
  { after, grouped }: Scope,
  group = sql`exists (
    select 1 from chat c
    where c.order_id = o.order_id and c.dismissed_at is null)`,
): Fragment {
  const behind = after
    ? sql`(o.created_at, o.order_id) < (${after.at}, ${after.orderId})`
    : sql`true`;
  if (grouped === undefined) return behind;
  return grouped
    ? sql`${behind} and ${group}`
    : sql`${behind} and not ${group}`;
}

function people(sql: Sql): { designer: Fragment; manager: Fragment } {
  return {
    designer: sql`lower(o.designer_wx_user_id collate "C")`,
    manager: sql`lower(o.project_manager_wx_user_id collate "C")`,
  };
}
