/**
 * Who may be the customer of an order: the one answer that matching, lists,
 * reminders and groups use. A customer who was decided comes before contacts
 * that have one of the order's numbers in the remark of any follower (doc
 * 92114: each follower writes their own). A number that many people share is a
 * reason to ask, never to assume. Who scanned the order's own code is proposed
 * like a match by number.
 */
import type { Fragment, Sql } from "../store/database.ts";
import type { Order } from "../orders/order.ts";
import { scannersOf } from "../codes/scans.ts";
import type { DecisionSource } from "./decisions.ts";

/** A row of `customersOf`. */
export interface Customer {
  externalUserId: string;
  /** How it was decided; null: it was not. */
  source: DecisionSource | null;
  /** Nobody decided it: by the order's own code, and not by number. */
  scanned: boolean;
  decidedAt: Date | null;
  /**
   * False when the number is shared, or the customer was renamed in the order
   * since the decision or the scan.
   */
  sure: boolean;
}

export type MatchStatus = "matched" | "ambiguous" | "none";

type Numbered = Pick<Order, "orderId" | "phoneHashes" | "sharedHashes">;

/**
 * A table for queries: `order_id`, `external_user_id`, `source`, `decided_at`,
 * `sure`, `scanned`, and of who matches by number `number`, as `openEither` takes
 * it. With the offset each is looked up by itself: for many orders, too, no plan
 * reads all contacts.
 */
export function customersOf(sql: Sql, orders: readonly Numbered[]): Fragment {
  const ids = orders.map((order) => order.orderId);
  const wanted = orders.flatMap(({ orderId, phoneHashes, sharedHashes }) => {
    const shared = new Set(sharedHashes);
    return phoneHashes.map((hash) => ({
      orderId,
      hash,
      shared: String(shared.has(hash)),
    }));
  });
  return sql`(
    select w.order_id, p.external_user_id, null as source,
      null::timestamptz as decided_at,
      not bool_and(w.shared::boolean or p.shared) as sure, false as scanned,
      min(p.phone_hash || ' ' || p.phone_sealed) as number
    from unnest(
      ${wanted.map((one) => one.orderId)}::text[],
      ${wanted.map((one) => one.hash)}::text[],
      ${wanted.map((one) => one.shared)}::text[]
    ) as w (order_id, phone_hash, shared)
    cross join lateral (
      select * from contact_phone p where p.phone_hash = w.phone_hash offset 0
    ) p
    group by w.order_id, p.external_user_id
    union all
    select wanted.order_id, d.external_user_id, d.source, d.decided_at,
      d.questioned_at is null, false, null
    from unnest(${ids}::text[]) as wanted (order_id)
    cross join lateral (
      select * from customer_decision d
      where d.order_id = wanted.order_id and d.ended_at is null offset 0
    ) d
    union all
    select order_id, external_user_id, null, null, sure, true, null
    from (${scannersOf(sql, ids)}) scanner
  )`;
}

/**
 * Matches an order with these contacts of the person who asks; the candidates
 * are in the order given, each once.
 */
export function matchAmong<T extends Customer>(
  customers: readonly T[],
): { status: MatchStatus; candidates: T[] } {
  const [decided] = customers.filter((one) => one.decidedAt !== null)
    .sort((a, b) => timeOf(b) - timeOf(a));
  if (decided?.sure) return { status: "matched", candidates: [decided] };
  const proposed = once(customers.filter((one) => one.decidedAt === null));
  if (decided) {
    const others = proposed.filter((one) =>
      one.externalUserId !== decided.externalUserId
    );
    return { status: "ambiguous", candidates: [decided, ...others] };
  }
  const sure = proposed.filter((one) => one.sure);
  if (sure.length === 1) return { status: "matched", candidates: sure };
  const status = proposed.length === 0 ? "none" : "ambiguous";
  return { status, candidates: proposed };
}

/**
 * Whoever has the number and scanned the code has two rows: the one that is sure
 * counts, and of two the one by number.
 */
function once<T extends Customer>(proposed: readonly T[]): T[] {
  const best = new Map<string, T>();
  for (const one of proposed) {
    const other = best.get(one.externalUserId);
    if (!other || weight(one) > weight(other)) {
      best.set(one.externalUserId, one);
    }
  }
  return [...best.values()];
}

function weight({ sure, scanned }: Customer): number {
  return (sure ? 2 : 0) + (scanned ? 0 : 1);
}

function timeOf({ decidedAt }: Customer): number {
  return decidedAt?.getTime() ?? 0;
}
