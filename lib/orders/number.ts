/**
 * The customer's numbers as an order keeps them: the ERP's text, sealed, and
 * the hashes that contacts are looked up by.
 */
import { normalisePhones } from "../contacts/phone.ts";
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { Place, Vault } from "../store/vault.ts";

export interface OrderNumber {
  phoneSealed: string;
  phoneHashes: string[];
  /** The rules that found them in the text. */
  phoneRules: number;
}

export function storeOrderNumber(
  vault: Vault,
  orderId: string,
  text: string,
): OrderNumber {
  return {
    phoneSealed: vault.numbers.seal(text, placeOf(orderId)),
    phoneHashes: normalisePhones(text).map(vault.index),
    phoneRules: PHONE_RULES,
  };
}

interface SealedNumber {
  orderId: string;
  phoneSealed: string;
}

/** The ERP's text; null when none of our keys opens it. */
export function readOrderNumber(
  vault: Vault,
  { orderId, phoneSealed }: SealedNumber,
): string | null {
  return vault.numbers.open(phoneSealed, placeOf(orderId));
}

/** The same for who shows it: empty when none of our keys opens it. */
export function openOrderNumber(vault: Vault, order: SealedNumber): string {
  return readOrderNumber(vault, order) ?? "";
}

/**
 * The hashes to look contacts up by. What was stored under other rules, with
 * another key or by the release before is found out anew from the text; while
 * keys change, contacts may be stored under either.
 */
export function lookupHashes(
  vault: Vault,
  order: OrderNumber & { orderId: string },
): string[] {
  const stands = order.phoneRules === PHONE_RULES &&
    order.phoneSealed.startsWith(vault.prefix);
  if (stands && !vault.rotating) return order.phoneHashes;
  const text = readOrderNumber(vault, order);
  if (text === null) return order.phoneHashes;
  return normalisePhones(text).flatMap(vault.indexes);
}

function placeOf(orderId: string): Place {
  return { table: "customer_order", row: orderId };
}
