/**
 * Which of a person's contacts is the customer of an order: none, one or many.
 * One indexed query over the mirror. The numbers of every follower count (doc
 * 92114: each follower writes their own), but only contacts of the person who
 * will run the chat API are candidates (doc 98429).
 */
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Order } from "../orders/order.ts";
import { staffOf } from "../staff/actor.ts";
import { openEither } from "./number.ts";
import { staffRow } from "../staff/staff.ts";
import { isSameUser, type UserKey, userKey } from "../staff/user_id.ts";
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
  status: "matched" | "ambiguous" | "none";
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
  /** 0, 1 or many for each order, in one query; for lists. */
  counts(orders: readonly Order[], wxUserId: string): Promise<number[]>;
}

export function createMatcher({ sql, vault }: {
  sql: Sql;
  vault: Vault;
}): Matcher {
  const columns = sql`
    c.external_user_id, c.name, f.remark, c.avatar, f.added_at`;

  function view({ number, ...row }: Row): ContactCandidate {
    const phone = openEither(vault, row.externalUserId, number);
    return { ...row, phone: maskPhone(phone) };
  }

  function linked(order: Order, wxUserId: string): Promise<Row[]> {
    return sql<Row[]>`
      select ${columns}, (
        select min(p.phone_hash || ' ' || p.phone_sealed) from contact_phone p
        where p.external_user_id = c.external_user_id
          and p.wx_user_id = f.wx_user_id
      ) as number
      from order_customer l
      join contact_follow f on f.external_user_id = l.external_user_id
        and f.wx_user_id = lower(l.wx_user_id collate "C")
      join contact c on c.external_user_id = l.external_user_id
      where l.order_id = ${order.orderId}
        and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
      order by l.linked_at desc limit 1`;
  }

  function byNumber(order: Order, wxUserId: string): Promise<Row[]> {
    return sql<Row[]>`
      select ${columns},
        min(p.phone_hash || ' ' || p.phone_sealed) as number
      from contact_phone p
      join contact_follow f on f.external_user_id = p.external_user_id
        and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
      join contact c on c.external_user_id = p.external_user_id
      where p.phone_hash = any(${order.phoneHashes}::text[])
      group by c.external_user_id, c.name, f.remark, c.avatar, f.added_at
      order by f.added_at desc, c.external_user_id
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
    if (others.length === 0 || order.phoneHashes.length === 0) return [];
    const rows = await sql<{ wxUserId: UserKey }[]>`
      select distinct f.wx_user_id
      from contact_phone p
      join contact_follow f using (external_user_id)
      where p.phone_hash = any(${order.phoneHashes}::text[])
        and f.wx_user_id = any(${others.map(userKey)}::text[])
        and f.deleted_at is null
        and not exists (
          select 1 from ${staffRow(sql, sql`f.wx_user_id`)} person
          where person.departed_at is not null)`;
    const found = new Set(rows.map((row) => row.wxUserId));
    return others.filter((id) => found.has(userKey(id)));
  }

  return {
    async match(order, wxUserId) {
      const [chosen, found, followerIds] = await Promise.all([
        linked(order, wxUserId),
        byNumber(order, wxUserId),
        followers(order, wxUserId),
      ]);
      const rows = chosen.length > 0 ? chosen : found;
      if (rows.length > 0) {
        const status = rows.length === 1 ? "matched" : "ambiguous";
        const candidates = rows.map(view);
        return { status, candidates, followerIds, suggestions: [] };
      }
      const suggestions = (await byName(order, wxUserId)).map(view);
      return { status: "none", candidates: [], followerIds, suggestions };
    },

    async counts(orders, wxUserId) {
      const pairs = orders.flatMap((order) =>
        order.phoneHashes.map((hash) => ({ orderId: order.orderId, hash }))
      );
      const orderIds = orders.map((order) => order.orderId);
      const rows = await sql<{ orderId: string; linked: boolean; n: number }[]>`
        select order_id, false as linked,
          count(distinct f.external_user_id)::int as n
        from unnest(
          ${pairs.map((pair) => pair.orderId)}::text[],
          ${pairs.map((pair) => pair.hash)}::text[]
        ) as wanted (order_id, phone_hash)
        join contact_phone p using (phone_hash)
        join contact_follow f on f.external_user_id = p.external_user_id
          and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null
        group by order_id
        union all
        select l.order_id, true, 1 from order_customer l
        join contact_follow f on f.external_user_id = l.external_user_id
          and f.wx_user_id = lower(l.wx_user_id collate "C")
        where l.order_id = any(${orderIds}::text[])
          and f.wx_user_id = ${userKey(wxUserId)} and f.deleted_at is null`;
      const counted = new Map<string, number>();
      for (const row of rows) {
        if (row.linked || !counted.has(row.orderId)) {
          counted.set(row.orderId, row.n);
        }
      }
      return orders.map((order) => counted.get(order.orderId) ?? 0);
    },
  };
}
