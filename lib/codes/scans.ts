/**
 * Who scanned the own code of an order. It is told by the event (92130) and again
 * by the contact itself (`follow_user.state`, 92114), so that a lost event is
 * made good by the next reading. A scan proposes the customer and decides
 * nothing; a state that is no code of ours is left alone.
 */
import type { Fragment, Queries, Sql } from "../store/database.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { isOurs } from "./state.ts";

export interface Scan {
  state: string | null;
  wxUserId: string;
  externalUserId: string;
  /** ms since epoch; 0 when unknown. */
  at: number;
  /** The member has not confirmed yet. */
  half: boolean;
}

/**
 * Keeps scans of our codes by the contact of the code's own member. Each may be
 * told often and in any order: the later one says whether it is half.
 */
export async function noteScans(
  queries: Queries,
  scans: readonly Scan[],
): Promise<void> {
  const rows = scans.filter((one) => isOurs(one.state)).map((one) => ({
    state: one.state,
    user_key: userKey(one.wxUserId),
    external_user_id: one.externalUserId,
    scanned_at: new Date(one.at).toISOString(),
    half: one.half,
  }));
  if (rows.length === 0) return;
  await queries`
    insert into order_code_scan (state, external_user_id, scanned_at, half)
    select state, told.external_user_id, max(told.scanned_at), bool_and(told.half)
    from jsonb_to_recordset(${queries.json(rows)}) as told (
      state text, user_key text, external_user_id text, scanned_at timestamptz,
      half boolean)
    join order_code using (state, user_key)
    group by state, told.external_user_id
    -- In one order, so that two who tell the same do not lock up.
    order by state, told.external_user_id
    on conflict (state, external_user_id) do update set
      half = excluded.half and (
        order_code_scan.half
        or excluded.scanned_at > order_code_scan.scanned_at),
      scanned_at = greatest(order_code_scan.scanned_at, excluded.scanned_at)
    where order_code_scan.scanned_at < excluded.scanned_at
      or order_code_scan.half and not excluded.half`;
}

/** The same of contacts as they were read: who is shown is confirmed. */
export async function noteScansOf(
  queries: Queries,
  contacts: readonly FollowedContact[],
): Promise<void> {
  await noteScans(
    queries,
    contacts.map(({ contact, followUser }) => ({
      state: followUser.state,
      wxUserId: followUser.wxUserId,
      externalUserId: contact.externalUserId,
      at: followUser.addedAt,
      half: false,
    })),
  );
}

/** The member deleted somebody who waited to be confirmed. */
export async function dropHalf(
  queries: Queries,
  wxUserId: string,
  externalUserId: string,
): Promise<void> {
  await queries`
    delete from order_code_scan s using order_code c
    where c.state = s.state and c.user_key = ${userKey(wxUserId)}
      and s.external_user_id = ${externalUserId} and s.half`;
}

/**
 * A query: who scanned codes of these orders, with `order_id`,
 * `external_user_id` and `sure`: false when the order's customer was renamed
 * since. Scans before the order got other numbers are another customer's.
 */
export function scannersOf(
  sql: Queries,
  orderIds: readonly string[],
): Fragment {
  return sql`
    select c.order_id, s.external_user_id, bool_or(
      c.questioned_at is null or s.scanned_at > c.questioned_at) as sure
    from order_code c join order_code_scan s using (state)
    where c.order_id = any(${[...orderIds]}::text[])
      and c.ended_by is distinct from 'numbers'
    group by c.order_id, s.external_user_id`;
}

/**
 * The other way round, of a table `people` with `id`: of which orders they scanned
 * a code, with `order_id` and `sure`.
 */
export function scannedBy(sql: Sql): Fragment {
  return sql`
    select c.order_id,
      c.questioned_at is null or s.scanned_at > c.questioned_at as sure
    from people
    cross join lateral (
      select state, scanned_at from order_code_scan s
      where s.external_user_id = people.id offset 0) s
    join order_code c using (state)
    where c.order_id is not null and c.ended_by is distinct from 'numbers'`;
}

/** An expression: somebody waits to be confirmed by this member. */
export function isHalfScanned(
  sql: Sql,
  orderId: string,
  key: UserKey,
): Fragment {
  return sql`exists (
    select 1 from order_code c join order_code_scan s using (state)
    where c.order_id = ${orderId} and c.user_key = ${key} and s.half
      and c.ended_by is distinct from 'numbers')`;
}
