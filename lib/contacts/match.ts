/**
 * Which of a person's contacts is the customer of an order: none, one or many.
 * One indexed query over the mirror. Only contacts of the person who will run
 * the chat API are candidates (doc 98429).
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { openEither } from "./number.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, type UserKey, userKey } from "../staff/user_id.ts";
import {
  type Customer,
  customersOf,
  judge,
  type MatchStatus,
} from "./customers.ts";
import { maskPhone } from "./phone.ts";

/** More would not help a person to choose. */
const CANDIDATES = 20;
const SUGGESTIONS = 5;

export interface ContactCandidate {
  externalUserId: string;
  name: string;
  remark: string;
  avatar: string | null;
  /** Masked; empty when no number is written down. */
  phone: string;
  addedAt: Date;
}

export interface Match {
  /** One candidate may be ambiguous: when it has to be asked. */
  status: MatchStatus;
  candidates: ContactCandidate[];
  /**
   * Staff of the order, other than the person, who follow the customer. Nobody
   * who left the company: there is nobody to remind.
   */
  followerIds: string[];
  /** On a miss: contacts of the customer's name without a number. */
  suggestions: ContactCandidate[];
}

interface Row {
  externalUserId: string;
  name: string;
  remark: string;
  avatar: string | null;
  addedAt: Date;
  /** Any number of the contact, as `openEither` takes it. */
  number: string | null;
}

export interface Matcher {
  match(order: Order, wxUserId: string): Promise<Match>;
  /** One contact of this person, as the mirror has it. */
  contact(
    wxUserId: string,
    externalUserId: string,
  ): Promise<ContactCandidate | null>;
  /** For each order, in one query; for lists. */
  statuses(orders: readonly Order[], wxUserId: string): Promise<MatchStatus[]>;
}

export function createMatcher({ sql, vault }: {
  sql: Sql;
  vault: Vault;
}): Matcher {
  const columns = sql`
    c.external_user_id, c.name, f.remark, c.avatar, f.added_at`;

  /** Any number that the follower wrote down. */
  const ownNumber = sql`(
    select min(p.phone_hash || ' ' || p.phone_sealed) from contact_phone p
    where p.external_user_id = c.external_user_id
      and p.wx_user_id = f.wx_user_id)`;

  function view(row: Row): ContactCandidate {
    const { externalUserId, name, remark, avatar, addedAt, number } = row;
    const phone = maskPhone(openEither(vault, externalUserId, number));
    return { externalUserId, name, remark, avatar, phone, addedAt };
  }

  function customers(
    order: Order,
    wxUserId: string,
  ): Promise<(Row & Customer)[]> {
    return sql<(Row & Customer)[]>`
      select ${columns}, customer.source, customer.decided_at, customer.sure,
        coalesce(customer.number, ${ownNumber}) as number
      from ${customersOf(sql, [order])} customer
      join contact_follow f
        on f.external_user_id = customer.external_user_id
        and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
      join contact c on c.external_user_id = customer.external_user_id
      order by customer.decided_at desc nulls last, f.added_at desc,
        c.external_user_id
      limit ${CANDIDATES}`;
  }

  function byName(order: Order, wxUserId: string): Promise<Row[]> {
    const like = `%${order.customerName.replace(/[\\%_]/g, "\\$&")}%`;
    return sql<Row[]>`
      select ${columns}, null as number
      from contact_follow f join contact c using (external_user_id)
      where f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
        and (f.remark like ${like} or c.name like ${like})
        and not exists (
          select 1 from contact_phone p
          where p.wx_user_id = f.wx_user_id
            and p.external_user_id = f.external_user_id)
      order by f.added_at desc, c.external_user_id
      limit ${SUGGESTIONS}`;
  }

  async function followers(order: Order, wxUserId: string): Promise<string[]> {
    const others = staffOf(order).filter((id) => !isSameUser(id, wxUserId));
    if (others.length === 0) return [];
    const rows = await sql<{ wxUserId: UserKey }[]>`
      select distinct f.wx_user_id
      from ${customersOf(sql, [order])} customer
      join contact_follow f using (external_user_id)
      where f.wx_user_id = any(${others.map(userKey)}::text[])
        and f.deleted_at is null
        and not exists (
          select 1 from ${staffRow(sql, sql`f.wx_user_id`)} person
          where person.departed_at is not null)`;
    const found = new Set(rows.map((row) => row.wxUserId));
    return others.filter((id) => found.has(userKey(id)));
  }

  return {
    async match(order, wxUserId) {
      const [found, followerIds] = await Promise.all([
        customers(order, wxUserId),
        followers(order, wxUserId),
      ]);
      const { status, candidates } = judge(found);
      const suggestions = status === "none"
        ? await byName(order, wxUserId)
        : [];
      return {
        status,
        candidates: candidates.map(view),
        followerIds,
        suggestions: suggestions.map(view),
      };
    },

    async contact(wxUserId, externalUserId) {
      const [row] = await sql<Row[]>`
        select ${columns}, ${ownNumber} as number
        from contact_follow f join contact c using (external_user_id)
        where f.wx_user_id = ${userKey(wxUserId)}
          and external_user_id = ${externalUserId} and f.deleted_at is null`;
      return row ? view(row) : null;
    },

    async statuses(orders, wxUserId) {
      const rows = await sql<(Customer & { orderId: string })[]>`
        select customer.order_id, customer.external_user_id, customer.source,
          customer.decided_at, customer.sure
        from ${customersOf(sql, orders)} customer
        join contact_follow f
          on f.external_user_id = customer.external_user_id
          and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null`;
      const found = Map.groupBy(rows, (row) => row.orderId);
      return orders.map(({ orderId }) =>
        judge(found.get(orderId) ?? []).status
      );
    },
  };
}
