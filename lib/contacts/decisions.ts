/**
 * Who was decided to be the customer of an order: by hand, by the order's own
 * code, or by making its group. A decision is about the order as it was: it
 * ends when the order gets other numbers, and is put in question when only the
 * customer's name changes, or the extension of a number that a platform lends.
 * That a further customer comes or goes is no other number of the first one's:
 * only the decision about who has gone ends.
 */
import type { Queries } from "../store/database.ts";
import { tellOrderEvents } from "../orders/events.ts";
import { userKey } from "../staff/user_id.ts";

export type DecisionSource = "hand" | "code" | "group";

export interface CustomerDecision {
  orderId: string;
  externalUserId: string;
  source: DecisionSource;
  /** Whose contact it is. */
  wxUserId: string;
}

/**
 * Replaces what the same person decided in the same way before, and writes an
 * event of the order. Deciding again what already counts changes nothing.
 */
export async function decideCustomer(
  queries: Queries,
  decision: CustomerDecision,
  at: Date,
  requestId: string | null = null,
): Promise<void> {
  if (await alreadyCounts(queries, decision)) return;
  const { orderId, externalUserId, source, wxUserId } = decision;
  const decidedBy = userKey(wxUserId);
  await queries`
    update customer_decision set ended_at = ${at}, ended_by = 'choice'
    where order_id = ${orderId} and source = ${source}
      and decided_by = ${decidedBy} and ended_at is null`;
  await queries`
    insert into customer_decision ${
    queries({ orderId, externalUserId, source, decidedBy, decidedAt: at })
  }`;
  await tellOrderEvents(queries, at, [{
    orderId,
    kind: "customer_chosen",
    actor: wxUserId,
    requestId,
    detail: { externalUserId, source },
  }]);
  if (source !== "hand") return;
  // The release before reads this table.
  await queries`
    insert into order_customer ${
    queries({ orderId, wxUserId, externalUserId, linkedAt: at })
  }
    on conflict (order_id, wx_user_id) do update set
      external_user_id = excluded.external_user_id,
      linked_at = excluded.linked_at`;
}

/** It is the order's latest decision, and nothing has put it in question. */
async function alreadyCounts(
  queries: Queries,
  { orderId, externalUserId, source, wxUserId }: CustomerDecision,
): Promise<boolean> {
  const [latest] = await queries<{ same: boolean }[]>`
    select questioned_at is null and external_user_id = ${externalUserId}
      and source = ${source} and decided_by = ${userKey(wxUserId)} as same
    from customer_decision
    where order_id = ${orderId} and ended_at is null
    order by decided_at desc, decision_id desc limit 1`;
  return latest?.same ?? false;
}

/** Whether this person chose this contact by hand, and the choice stands. */
export async function choseByHand(
  queries: Queries,
  { orderId, externalUserId, wxUserId }: Omit<CustomerDecision, "source">,
): Promise<boolean> {
  const rows = await queries`
    select 1 from customer_decision
    where order_id = ${orderId} and external_user_id = ${externalUserId}
      and source = 'hand' and decided_by = ${userKey(wxUserId)}
      and ended_at is null`;
  return rows.length > 0;
}

/** What a push changed of orders whose customer was decided. */
export interface OrderChanges {
  renumbered: readonly string[];
  /** The same numbers, but perhaps another customer. */
  questioned: readonly string[];
  /** Orders that lost numbers of a further customer, or have another first one. */
  lost: readonly LostNumbers[];
}

/**
 * Hashes of the numbers that an order has no more, and of those that it has. The
 * decision for who has one of the first and none of the others ends; `gone` null:
 * for whoever has none of the others.
 */
export interface LostNumbers {
  readonly orderId: string;
  readonly gone: readonly string[] | null;
  readonly kept: readonly string[];
}

export async function reviewDecisions(
  queries: Queries,
  { renumbered, questioned, lost }: OrderChanges,
  at: Date,
): Promise<void> {
  for (const one of lost) await endDecisionsOfLost(queries, one, at);
  if (renumbered.length > 0) {
    await queries`
      update customer_decision set ended_at = ${at}, ended_by = 'numbers'
      where order_id = any(${[...renumbered]}::text[]) and ended_at is null`;
    await queries`
      delete from order_customer
      where order_id = any(${[...renumbered]}::text[])`;
  }
  if (questioned.length > 0) {
    await queries`
      update customer_decision set questioned_at = ${at}
      where order_id = any(${[...questioned]}::text[]) and ended_at is null`;
  }
}

async function endDecisionsOfLost(
  queries: Queries,
  { orderId, gone, kept }: LostNumbers,
  at: Date,
): Promise<void> {
  const ended = await queries<{ externalUserId: string }[]>`
    update customer_decision d set ended_at = ${at}, ended_by = 'numbers'
    where d.order_id = ${orderId} and d.ended_at is null
      and (${gone === null}::boolean or exists (
        select 1 from contact_phone p
        where p.external_user_id = d.external_user_id
          and p.phone_hash = any(${[...gone ?? []]}::text[])))
      and not exists (
        select 1 from contact_phone p
        where p.external_user_id = d.external_user_id
          and p.phone_hash = any(${[...kept]}::text[]))
    returning d.external_user_id`;
  if (ended.length === 0) return;
  await queries`
    delete from order_customer where order_id = ${orderId}
      and external_user_id = any(${
    ended.map((one) => one.externalUserId)
  }::text[])`;
}
