/**
 * Who may be the customers of an order: the one answer that matching, lists,
 * reminders and groups use. Each of the order's numbers is judged by itself, so
 * that a couple is two customers and no question. A customer who was decided comes before contacts
 * that have one of the order's numbers in the remark of any follower (doc
 * 92114: each follower writes their own). A number that many people share is a
 * reason to ask, never to assume. Who scanned the order's own code is proposed
 * like a match by number.
 */
import type { Fragment, Queries } from "../store/database.ts";
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
  /** Of which of the order's numbers; none where it is no match by number. */
  places?: readonly number[] | null;
}

export type MatchStatus = "matched" | "ambiguous" | "none";

type Numbered = Pick<
  Order,
  "orderId" | "phoneHashes" | "sharedHashes" | "phonePlaces"
>;

/**
 * A table for queries: `order_id`, `external_user_id`, `source`, `decided_at`,
 * `sure`, `scanned`, and of who matches by number `places` and `number`, as
 * `openEither` takes it. With the offset each is looked up by itself: for many orders, too, no plan
 * reads all contacts.
 */
export function customersOf(
  sql: Queries,
  orders: readonly Numbered[],
): Fragment {
  const ids = orders.map((order) => order.orderId);
  const wanted = orders.flatMap((order) => {
    const shared = new Set(order.sharedHashes);
    return order.phoneHashes.map((hash, index) => ({
      orderId: order.orderId,
      hash,
      shared: String(shared.has(hash)),
      place: order.phonePlaces[index] ?? index,
    }));
  });
  return sql`(
    select w.order_id, p.external_user_id, null as source,
      null::timestamptz as decided_at,
      not bool_and(w.shared::boolean or p.shared) as sure, false as scanned,
      array_agg(distinct w.place) as places,
      min(p.phone_hash || ' ' || p.phone_sealed) as number
    from unnest(
      ${wanted.map((one) => one.orderId)}::text[],
      ${wanted.map((one) => one.hash)}::text[],
      ${wanted.map((one) => one.shared)}::text[],
      ${wanted.map((one) => one.place)}::int[]
    ) as w (order_id, phone_hash, shared, place)
    cross join lateral (
      select * from contact_phone p where p.phone_hash = w.phone_hash offset 0
    ) p
    group by w.order_id, p.external_user_id
    union all
    select wanted.order_id, d.external_user_id, d.source, d.decided_at,
      d.questioned_at is null, false, null, null
    from unnest(${ids}::text[]) as wanted (order_id)
    cross join lateral (
      select * from customer_decision d
      where d.order_id = wanted.order_id and d.ended_at is null offset 0
    ) d
    union all
    select order_id, external_user_id, null, null, sure, true, null, null
    from (${scannersOf(sql, ids)}) scanner
  )`;
}

/**
 * Matches an order with these contacts of the person who asks: `matched` when each
 * of its numbers that anybody has is one contact's. Who is decided stands for the
 * numbers that they have, or for the first; the contacts of the other numbers stay
 * beside them. The candidates are in the order of their numbers, behind who is
 * decided, or else in the order given; each once.
 */
export function matchAmong<T extends Customer>(
  customers: readonly T[],
): { status: MatchStatus; candidates: T[] } {
  const { placesOf, hasNumber } = placesAmong(customers);
  const byPlace = (a: T, b: T) => first(placesOf(a)) - first(placesOf(b));
  const [decided] = customers.filter((one) => one.decidedAt !== null)
    .sort((a, b) => timeOf(b) - timeOf(a));
  const proposed = once(customers.filter((one) => one.decidedAt === null));
  if (decided?.sure) {
    const covered = placesOf(decided);
    const beside = proposed.filter((one) =>
      one.sure && hasNumber(one) &&
      !placesOf(one).some((place) => covered.includes(place))
    );
    const others = beside.filter((one) =>
      isAlone(one, beside, placesOf) &&
      one.externalUserId !== decided.externalUserId
    );
    // First, since a page of the release before takes the first one alone.
    const candidates = [decided, ...others.sort(byPlace)];
    return { status: "matched", candidates };
  }
  if (decided) {
    const others = proposed.filter((one) =>
      one.externalUserId !== decided.externalUserId
    );
    return { status: "ambiguous", candidates: [decided, ...others] };
  }
  const sure = proposed.filter((one) => one.sure);
  const isCouple = sure.every((one) =>
    hasNumber(one) && isAlone(one, sure, placesOf)
  );
  if (sure.length === 1 || sure.length > 1 && isCouple) {
    return { status: "matched", candidates: sure.sort(byPlace) };
  }
  const status = proposed.length === 0 ? "none" : "ambiguous";
  return { status, candidates: proposed };
}

type One = Pick<Customer, "externalUserId">;
type PlacesOf = (one: One) => readonly number[];

/** Of each contact; who has none of the numbers stands for the first. */
export function placesAmong(
  customers: readonly Customer[],
): { placesOf: PlacesOf; hasNumber: (one: One) => boolean } {
  const places = new Map<string, readonly number[]>();
  for (const { externalUserId, places: own } of customers) {
    if (own?.length) places.set(externalUserId, own);
  }
  return {
    placesOf: ({ externalUserId }) => places.get(externalUserId) ?? [0],
    hasNumber: ({ externalUserId }) => places.has(externalUserId),
  };
}

/** No other contact has one of the same numbers. */
function isAlone(
  one: Customer,
  among: readonly Customer[],
  placesOf: PlacesOf,
): boolean {
  const own = placesOf(one);
  return among.every((other) =>
    other.externalUserId === one.externalUserId ||
    !placesOf(other).some((place) => own.includes(place))
  );
}

function first(places: readonly number[]): number {
  return Math.min(...places);
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
