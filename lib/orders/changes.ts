/**
 * What a push changes of orders whose customer was decided. Numbers are
 * compared, not their spelling or their hashes: the same numbers in other words
 * or under another key are no change.
 */
import type { TransactionSql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { OrderChanges } from "../contacts/decisions.ts";
import { findPhones, normalisePhones } from "../contacts/phone.ts";
import { readable } from "../contacts/phone_text.ts";
import { openOrderNumber } from "./number.ts";
import type { OrderPush } from "./push.ts";

interface Before {
  orderId: string;
  customerName: string;
  phoneSealed: string;
}

/**
 * Those of the orders whose customer was decided, as they are now. All of them
 * are locked, in one order, so that nobody decides while they change.
 */
export async function lockDecided(
  sql: TransactionSql,
  orders: readonly { orderId: string }[],
): Promise<Before[]> {
  const rows = await sql<(Before & { decided: boolean })[]>`
    select order_id, customer_name, phone_sealed, exists (
      select 1 from customer_decision d
      where d.order_id = o.order_id and d.ended_at is null) as decided
    from customer_order o
    where order_id = any(${orders.map((order) => order.orderId)}::text[])
    order by order_id for no key update`;
  return rows.filter((row) => row.decided);
}

export function changesOf(
  vault: Vault,
  decided: readonly Before[],
  pushed: readonly OrderPush[],
): OrderChanges {
  const latest = new Map(pushed.map((order) => [order.orderId, order]));
  const renumbered: string[] = [];
  const questioned: string[] = [];
  for (const before of decided) {
    const order = latest.get(before.orderId);
    if (!order) continue;
    const text = openOrderNumber(vault, before);
    if (numbersIn(order.customerPhone) !== numbersIn(text)) {
      renumbered.push(before.orderId);
    } else if (
      order.customerName !== before.customerName ||
      besidesNumbers(order.customerPhone) !== besidesNumbers(text)
    ) {
      questioned.push(before.orderId);
    }
  }
  return { renumbered, questioned };
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
