/**
 * What a push changes of the orders that are here already: whether what was
 * decided about the customer still holds, and whose order it is. Numbers are
 * compared, not their spelling or their hashes: the same numbers in other words
 * or under another key are no change. Userids ignore case (90196).
 */
import type { TransactionSql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { LostNumbers, OrderChanges } from "../contacts/decisions.ts";
import { findPhones, hideNumbers, normalisePhones } from "../contacts/phone.ts";
import { readable } from "../contacts/phone_text.ts";
import type { OrderStaff } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { OrderEvent } from "./events.ts";
import { type NumberOfOrder, numbersOf } from "./customers.ts";
import { openFurther, openOrderNumber } from "./number.ts";
import type { OrderPush } from "./push.ts";

export interface OrderBefore extends OrderStaff {
  orderId: string;
  customerName: string;
  phoneSealed: string;
  furtherSealed: string;
  /** Who the customer is was decided, or may be proposed by the order's code. */
  decided: boolean;
  /** The customers were erased on request. */
  erased: boolean;
}

/**
 * Those of the orders that are here, as they are now. All of them are locked, in
 * one order, so that nobody decides while they change. What other tables hold of
 * them is read after that: a statement that waited for a lock sees the rest as it
 * was before it waited.
 */
export async function lockOrdersBefore(
  sql: TransactionSql,
  orders: readonly { orderId: string }[],
): Promise<OrderBefore[]> {
  const ids = orders.map((order) => order.orderId);
  await sql`
    select from customer_order where order_id = any(${ids}::text[])
    order by order_id for no key update`;
  return await sql<OrderBefore[]>`
    select order_id, customer_name, phone_sealed, further_sealed,
      designer_wx_user_id, project_manager_wx_user_id, exists (
        select 1 from customer_decision d
        where d.order_id = o.order_id and d.ended_at is null)
      or exists (
        select 1 from order_code c where c.order_id = o.order_id) as decided,
      exists (
        select 1 from erased_order e where e.order_id = o.order_id) as erased
    from customer_order o where order_id = any(${ids}::text[])
    order by order_id`;
}

/** For `pg_advisory_xact_lock`: orders that are not here yet, in so many parts. */
const NEW_ORDERS = 20_260_002;
const PARTS = 1_024;

/**
 * Pushes that bring the same new order take turns, until the end of the
 * transaction: both would find nothing, and tell no handover between them.
 * Before any row is locked, and in one order.
 */
export async function takeTurnIfNew(
  sql: TransactionSql,
  orders: readonly { orderId: string }[],
): Promise<void> {
  const ids = orders.map((order) => order.orderId);
  await sql`
    select pg_advisory_xact_lock(${NEW_ORDERS}::int, part) from (
      select distinct hashtext(id) & ${PARTS - 1}::int as part
      from unnest(${ids}::text[]) as id
      where not exists (select 1 from customer_order where order_id = id)
      order by part) as parts`;
}

export function changesOf(
  vault: Vault,
  known: readonly OrderBefore[],
  pushed: ReadonlyMap<string, OrderPush>,
): OrderChanges {
  const renumbered: string[] = [];
  const questioned: string[] = [];
  const lost: LostNumbers[] = [];
  for (const before of known) {
    const order = pushed.get(before.orderId);
    if (!order || !before.decided || before.erased) continue;
    const { orderId } = before;
    const text = openOrderNumber(vault, before);
    const former = openFurther(vault, before);
    const hadNumbers = numbersOf(text, former);
    const hasNumbers = numbersOf(
      order.customerPhone,
      order.further ?? former,
    );
    const had = setOf(hadNumbers);
    const has = setOf(hasNumbers);
    const left = [...had].filter((number) => !has.has(number));
    const isSame = left.length === 0 && had.size === has.size;
    // A number that is told as another customer's from now on moves nobody.
    const isMoved = isSame && firstOf(hadNumbers) === firstOf(hasNumbers);
    const isOthers = !isMoved &&
      numbersIn(order.customerPhone) !== numbersIn(text);
    if (isOthers && !isSame) {
      renumbered.push(orderId);
      continue;
    }
    if (isOthers || left.length > 0) {
      const hashes = (numbers: Iterable<string>) =>
        [...numbers].flatMap(vault.indexes);
      // A couple whose numbers change places is the same couple; but who has none
      // of them was chosen for the one who was the first.
      const gone = isOthers ? null : hashes(left);
      lost.push({ orderId, gone, kept: hashes(has) });
    }
    if (
      hideNumbers(order.customerName) !== hideNumbers(before.customerName) ||
      besidesNumbers(order.customerPhone) !== besidesNumbers(text)
    ) {
      questioned.push(orderId);
    }
  }
  return { renumbered, questioned, lost };
}

const ROLES = [
  ["designer", "designerWxUserId"],
  ["project_manager", "projectManagerWxUserId"],
] as const;

/** The orders that are another designer's or project manager's from now on. */
export function handoversOf(
  known: readonly OrderBefore[],
  pushed: ReadonlyMap<string, OrderPush>,
  requestId: string | null,
): OrderEvent[] {
  return known.flatMap((before) =>
    ROLES.flatMap(([role, field]): OrderEvent[] => {
      const { orderId } = before;
      const from = before[field] ?? "";
      const to = pushed.get(orderId)?.[field] ?? "";
      if (isSameUser(from, to)) return [];
      const detail = { role, from: from || null, to: to || null };
      return [{
        orderId,
        kind: "handed_over",
        actor: "erp",
        requestId,
        detail,
      }];
    })
  );
}

function setOf(numbers: readonly NumberOfOrder[]): Set<string> {
  return new Set(numbers.map((one) => one.number));
}

/** The number that the first customer is known by. */
function firstOf(numbers: readonly NumberOfOrder[]): string | undefined {
  return numbers.find((one) => one.place === 0)?.number;
}

/** As a set, whatever their order. */
function numbersIn(text: string): string {
  return normalisePhones(text).sort().join(" ");
}

/**
 * What tells the customer apart where no number of their own does: the extension
 * of a privacy number, which is another customer's under another one, and the
 * digits that a masked number shows.
 */
function besidesNumbers(text: string): string {
  const phones = findPhones(text);
  const own = phones.some((phone) => !phone.shared);
  return own ? "" : readable(text).replace(/\D/g, "");
}
