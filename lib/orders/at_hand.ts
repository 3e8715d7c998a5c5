/**
 * What is at hand beside a chat of the client (聊天工具栏): the orders of the
 * customer, or the order of the group. The client tells only ids
 * (getCurExternalContact 100746, getCurExternalChat 100747), which anybody can
 * make up; so the statement that reads the orders looks first whether the person
 * has this contact, or is in this group. Whoever does not gets what an id gets
 * that isn't there.
 */
import type { Fragment, Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import type { Vault } from "../store/vault.ts";
import { contactOf, remarkOf } from "../contacts/followers.ts";
import { hashedAnew, numbersOf } from "../contacts/numbers_of.ts";
import { staffName } from "../staff/staff.ts";
import { userKey } from "../staff/user_id.ts";
import { ordersOfPeople } from "./of_contacts.ts";
import type { Order } from "./order.ts";
import { orderColumns, type OrderRow, toOrder } from "./rows.ts";
import { hasGroup, isInScope } from "./scope.ts";

/** More do not fit beside a chat; all are in the list. */
const SHOWN = 10;
/** Of a group's customers, so many are looked for. */
const PEOPLE = 50;

export interface OrderAtHand {
  order: Order;
  /** false: it may be another customer's. */
  sure: boolean;
}

interface Orders {
  orders: OrderAtHand[];
  more: boolean;
}

export interface CustomerAtHand extends Orders {
  name: string;
}

export interface PersonInGroup {
  externalUserId: string;
  name: string;
  /** Whether it is a contact of who looks. */
  mine: boolean;
}

/** `orders`: its own one, else those without a group that it could be linked to. */
export interface GroupAtHand extends Orders {
  name: string;
  owner: { wxUserId: string; name: string };
  bound: boolean;
  customers: PersonInGroup[];
}

interface Viewer {
  wxUserId: string;
  /** Whose orders may be shown; null: all. */
  whose: string | null;
}

interface Deps {
  sql: Sql;
  vault: Vault;
}

type Found = OrderRow & { sure: boolean } | { orderId: null };

/** null: it is no contact of this person. */
export async function ordersBesideCustomer(
  deps: Deps,
  { wxUserId, whose }: Viewer,
  externalUserId: string,
): Promise<CustomerAtHand | null> {
  const { sql } = deps;
  const contact = contactOf(sql, userKey(wxUserId), externalUserId);
  const people = sql`select id from (${contact}) c`;
  const numbers = numbersOf(sql, people, await hashedAnew(deps, people));
  const rows = await sql<({ name: string } & Found)[]>`
    with people as materialized (${contact}),
    found as materialized (${ordersOfPeople(sql, numbers)})
    select people.name, o.*
    from people left join (${shown(sql, whose, sql`true`)}) o on true
    order by ${BEST_FIRST(sql)}`;
  const [first] = rows;
  return first ? { name: first.name, ...toOrders(deps, rows) } : null;
}

type ToldGroup = Pick<GroupAtHand, "name" | "bound"> & {
  owner: string;
  ownerName: string;
  customers: PersonInGroup[] | null;
};

/** null: the mirror does not show this person in such a group. */
export async function orderBesideGroup(
  deps: Deps,
  { wxUserId, whose }: Viewer,
  chatId: string,
): Promise<GroupAtHand | null> {
  const { sql } = deps;
  const key = userKey(wxUserId);
  const people = sql`
    select m.member_id as id from chat_member m
    where m.chat_id = ${chatId} and m.type = 'external' and m.left_at is null
    order by m.joined_at, m.member_id limit ${literal(sql, PEOPLE)}`;
  const numbers = numbersOf(sql, people, await hashedAnew(deps, people));
  const free = sql`((select bound from told) or not ${hasGroup(sql)})`;
  const rows = await sql<(ToldGroup & Found)[]>`
    with told as materialized (
      select c.name, c.owner, ${staffName(sql, sql`c.owner`)} as owner_name,
        c.order_id as bound_to, c.order_id is not null as bound, (
          select jsonb_agg(jsonb_build_object(
            'externalUserId', p.id,
            'name', coalesce(nullif(trim(${
    remarkOf(sql, key, sql`p.id`)
  }), ''), m.name),
            'mine', ${remarkOf(sql, key, sql`p.id`)} is not null)
            order by m.joined_at, p.id)
          from (${people}) p
          join chat_member m on m.chat_id = c.chat_id and m.member_id = p.id
            and m.left_at is null) as customers
      from chat c
      where c.chat_id = ${chatId} and c.dismissed_at is null and exists (
        select 1 from chat_member m where m.chat_id = c.chat_id
          and m.type = 'member' and m.left_at is null
          and lower(m.member_id collate "C") = ${key})
    ),
    people as materialized (
      select p.id from (${people}) p
      where (select not bound from told)),
    found as materialized (
      select bound_to as order_id, true as sure from told where bound
      union all
      select theirs.* from (${ordersOfPeople(sql, numbers)}) theirs
      where (select not bound from told))
    select told.*, o.*
    from told left join (${shown(sql, whose, free)}) o on true
    order by ${BEST_FIRST(sql)}`;
  const [first] = rows;
  if (!first) return null;
  const { name, owner, ownerName, bound, customers } = first;
  return {
    name,
    owner: { wxUserId: owner, name: ownerName },
    bound,
    customers: customers ?? [],
    ...toOrders(deps, rows),
  };
}

/** Of a table `found`: the orders that this person may open. */
function shown(sql: Sql, of: string | null, free: Fragment): Fragment {
  return sql`
    select ${orderColumns(sql)}, found.sure
    from found
    cross join lateral (
      select * from customer_order where order_id = found.order_id limit 1) o
    where ${isInScope(sql, { of, after: null })} and ${free}
    order by ${BEST_FIRST(sql)} limit ${literal(sql, SHOWN + 1)}`;
}

const BEST_FIRST = (sql: Sql) =>
  sql`sure desc nulls last, created_at desc, order_id desc`;

function toOrders({ vault }: Deps, rows: readonly Found[]): Orders {
  const orders = rows.flatMap((row) =>
    row.orderId === null ? [] : [{ order: toOrder(vault, row), sure: row.sure }]
  );
  return { orders: orders.slice(0, SHOWN), more: orders.length > SHOWN };
}
