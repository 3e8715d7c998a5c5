/**
 * Who may be the customer of an order: the one answer that matching, lists,
 * reminders and groups use. A customer who was decided comes before contacts
 * that have one of the order's numbers in the remark of any follower (doc
 * 92114: each follower writes their own). A number that many people share is a
 * reason to ask, never to assume.
 */
import type { Fragment, Sql } from "../store/database.ts";
import type { Order } from "../orders/order.ts";
import type { DecisionSource } from "./decisions.ts";

/** A row of `customersOf`. */
export interface Customer {
  externalUserId: string;
  /** How it was decided; null: by number. */
  source: DecisionSource | null;
  decidedAt: Date | null;
  /**
   * False when the number is shared, or the customer was renamed in the order
   * since.
   */
  sure: boolean;
}

export type MatchStatus = "matched" | "ambiguous" | "none";

type Numbered = Pick<Order, "orderId" | "phoneHashes" | "sharedHashes">;

/**
 * A table for queries: `order_id`, `external_user_id`, `source`, `decided_at`,
 * `sure`, and of who matches by number `number`, as `openEither` takes it.
 */
export function customersOf(sql: Sql, orders: readonly Numbered[]): Fragment {
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
      not bool_and(w.shared::boolean or p.shared) as sure,
      min(p.phone_hash || ' ' || p.phone_sealed) as number
    from unnest(
      ${wanted.map((one) => one.orderId)}::text[],
      ${wanted.map((one) => one.hash)}::text[],
      ${wanted.map((one) => one.shared)}::text[]
    ) as w (order_id, phone_hash, shared)
    join contact_phone p using (phone_hash)
    group by w.order_id, p.external_user_id
    union all
    select order_id, external_user_id, source, decided_at,
      questioned_at is null, null
    from customer_decision
    where order_id = any(${orders.map((order) => order.orderId)}::text[])
      and ended_at is null
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
  const numbered = customers.filter((one) => one.decidedAt === null);
  if (decided) {
    const others = numbered.filter((one) =>
      one.externalUserId !== decided.externalUserId
    );
    return { status: "ambiguous", candidates: [decided, ...others] };
  }
  const sure = numbered.filter((one) => one.sure);
  if (sure.length === 1) return { status: "matched", candidates: sure };
  const status = numbered.length === 0 ? "none" : "ambiguous";
  return { status, candidates: numbered };
}

function timeOf({ decidedAt }: Customer): number {
  return decidedAt?.getTime() ?? 0;
}
