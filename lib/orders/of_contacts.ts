/**
 * The orders of contacts: the way of `customersOf` (lib/contacts/customers.ts)
 * backwards. A contact was decided to be the customer, has one of the order's
 * numbers in a remark, scanned the order's own code, or is in its group. Each is
 * looked up by an index of its own, so that it costs the same among a million
 * orders.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { scannedBy } from "../codes/scans.ts";

/** A number that a platform lends may be in many orders; a supplier in many groups. */
const ORDERS_OF_NUMBER = 1_000;
const GROUPS = 200;

/**
 * A query with `order_id` and `sure`: false when a person should look first, since
 * many share the number, the customer was renamed, or another one was decided, who
 * stands for the first number; the others of a couple have numbers of their own.
 * `people` is a table with `id` beside it, `numbers` a query of `numbersOf`.
 */
export function ordersOfPeople(sql: Sql, numbers: Fragment): Fragment {
  return sql`
    select order_id, bool_or(sure) as sure
    from (
      select d.order_id, d.questioned_at is null as sure
      from people
      cross join lateral (
        select order_id, questioned_at from customer_decision d
        where d.external_user_id = people.id and d.ended_at is null
        offset 0) d
      union all
      select o.order_id, not n.shared
        and not n.phone_hash = any(o.shared_hashes)
        and (n.phone_hash <> o.phone_hashes[1]
          or n.phone_hash = any(o.further_hashes)
          or ${isUndecided(sql, sql`o.order_id`)})
      from (${numbers}) n
      cross join lateral (
        select order_id, phone_hashes, shared_hashes, further_hashes
        from customer_order o
        where o.phone_hashes && array[n.phone_hash]
        limit ${literal(sql, ORDERS_OF_NUMBER)}) o
      union all
      select s.order_id, s.sure and ${isUndecided(sql, sql`s.order_id`)}
      from (${scannedBy(sql)}) s
      union all
      select c.order_id, true
      from people
      cross join lateral (
        select chat_id from chat_member m
        where m.member_id = people.id and m.left_at is null
        limit ${literal(sql, GROUPS)}) m
      cross join lateral (
        select order_id from chat
        where chat.chat_id = m.chat_id and chat.order_id is not null
          and chat.dismissed_at is null
        limit 1) c
    ) theirs
    group by order_id`;
}

/**
 * Nobody is this order's customer for certain; who is has a row of their own. With
 * the limit it is looked up for each order.
 */
function isUndecided(sql: Sql, orderId: Fragment): Fragment {
  return sql`(
    select 1 from customer_decision other where other.order_id = ${orderId}
      and other.ended_at is null and other.questioned_at is null
    limit 1) is null`;
}
