/**
 * Orders as rows of a list: each with its group, what a match would answer the
 * person who looks, and its badge. Two statements that are asked together,
 * whatever the number of orders; WeCom is not asked.
 */
import { customersOf } from "../contacts/customers.ts";
import { followersOf, readAmong } from "../contacts/followers.ts";
import type { OrderRow } from "../flows/schemas.ts";
import type { Order } from "../orders/order.ts";
import type { OrderViews } from "../orders/view.ts";
import { staffOf } from "../staff/actor.ts";
import { departedAmong } from "../staff/staff.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import type { Sql } from "../store/database.ts";
import { badgeOf, type ListedCustomer, matchOf } from "./badge.ts";
import type { Stay } from "./missing.ts";
import { situationsOf } from "./situation.ts";

export interface OrderRows {
  /** As this person sees them, in the order in which they were given. */
  of(orders: readonly Order[], wxUserId: string): Promise<OrderRow[]>;
}

interface Told {
  readKeys: UserKey[];
  departedKeys: UserKey[];
}

type Fact =
  & { orderId: string }
  & (
    | ({ kind: "customer" } & ListedCustomer)
    | ({ kind: "stay" } & Pick<Stay, "memberId" | "present">)
  );

export function createOrderRows({ sql, orderViews, now }: {
  sql: Sql;
  orderViews: OrderViews;
  now: () => number;
}): OrderRows {
  /** Customers of these orders, and who of them was in the orders' groups. */
  async function factsOf(orders: readonly Order[], keys: UserKey[]) {
    const ids = orders.map((order) => order.orderId);
    return await sql<(Told & (Fact | { orderId: null }))[]>`
      select told.*, fact.*
      from (select ${readAmong(sql, keys)} as read_keys,
        ${departedAmong(sql, keys)} as departed_keys) told
      left join (
        select 'customer' as kind, customer.order_id, customer.external_user_id,
          customer.source, customer.decided_at, customer.sure,
          customer.scanned, customer.places,
          ${followersOf(sql, sql`customer.external_user_id`, keys)}
            as follower_keys,
          ${ownersOf(keys)} as owner_keys,
          null as member_id, null as present
        from ${customersOf(sql, orders)} customer
        union all
        select 'stay', wanted.order_id, null, null, null, null, null, null, null,
          null, m.member_id, m.present
        from unnest(${ids}::text[]) as wanted (order_id)
        cross join lateral (
          select chat_id from chat
          where chat.order_id = wanted.order_id and dismissed_at is null
          limit 1) c
        cross join lateral (
          select member_id, bool_or(left_at is null) as present
          from chat_member where chat_id = c.chat_id and type = 'external'
          group by member_id) m
      ) fact on true`;
  }

  /**
   * Of a table `customer`: who of these people owns a group that is nobody's
   * order's and has the customer in it. One that another order's creation may
   * have made counts as its own.
   */
  const ownersOf = (keys: UserKey[]) =>
    sql`array(
      select lower(k.owner collate "C")
      from chat_member m join chat k using (chat_id)
      where m.member_id = customer.external_user_id and m.left_at is null
        and k.order_id is null and k.dismissed_at is null
        and k.refused_at is null
        and lower(k.owner collate "C") = any(${keys}::text[])
        and not exists (
          select 1 from group_intent i
          where i.state in ('pending', 'searching')
            and i.expires_at > ${new Date(now())}
            and i.order_id <> customer.order_id
            and customer.external_user_id = any(i.external_user_ids)))`;

  return {
    async of(orders, wxUserId) {
      const viewerKey = userKey(wxUserId);
      const people = orders.flatMap(staffOf).map(userKey);
      const keys = [...new Set([viewerKey, ...people])];
      const [situations, rows] = await Promise.all([
        situationsOf(sql, orders.map((order) => order.orderId), now()),
        orders.length === 0 ? [] : factsOf(orders, keys),
      ]);
      const facts = Map.groupBy(rows, (row) => row.orderId);
      const read = new Set(rows[0]?.readKeys);
      const departed = new Set(rows[0]?.departedKeys);
      return orders.map((order) => {
        const situation = situations.get(order.orderId) ??
          { kind: "none" as const };
        const own = facts.get(order.orderId) ?? [];
        const customers = own.filter((fact): fact is typeof fact & Customer =>
          fact.orderId !== null && fact.kind === "customer"
        );
        const stays = own.filter((fact): fact is typeof fact & Member =>
          fact.orderId !== null && fact.kind === "stay"
        );
        const status = matchOf(customers, viewerKey);
        return {
          ...orderViews.view(order, situation),
          matchState: status === "none" && !read.has(viewerKey)
            ? "unknown"
            : status,
          badge: badgeOf(
            { order, situation, customers, stays },
            { viewerKey, read, departed },
          ),
        };
      });
    },
  };
}

type Customer = Fact & { kind: "customer" };
type Member = Fact & { kind: "stay" };
