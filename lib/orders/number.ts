/**
 * The customer's numbers as an order keeps them: the ERP's text, sealed, the
 * hashes that contacts are looked up by, and those of the last four digits, by
 * which people look for the order.
 */
import { findPhones, lastFour } from "../contacts/phone.ts";
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { Place, Vault } from "../store/vault.ts";

export interface OrderNumber {
  phoneSealed: string;
  phoneHashes: string[];
  /** Those of them that many people share: privacy numbers, a company's 400. */
  sharedHashes: string[];
  /** Of the last four digits of each; null: the release before wrote the row. */
  phoneEnds: string[] | null;
  /** The rules that found them in the text. */
  phoneRules: number;
}

export type LookupHashes = Pick<OrderNumber, "phoneHashes" | "sharedHashes">;

export function storeOrderNumber(
  vault: Vault,
  orderId: string,
  text: string,
): OrderNumber {
  return {
    phoneSealed: vault.numbers.seal(text, placeOf(orderId)),
    ...hashesOf(text, (number) => [vault.index(number)]),
    phoneEnds: endsOf(vault, text),
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
  order: Omit<OrderNumber, "phoneEnds"> & { orderId: string },
): LookupHashes {
  const stands = order.phoneRules === PHONE_RULES &&
    order.phoneSealed.startsWith(vault.prefix);
  const { phoneHashes, sharedHashes } = order;
  if (stands && !vault.rotating) return { phoneHashes, sharedHashes };
  const text = readOrderNumber(vault, order);
  if (text === null) return { phoneHashes, sharedHashes };
  return hashesOf(text, vault.indexes);
}

function hashesOf(
  text: string,
  indexes: (number: string) => string[],
): LookupHashes {
  const phones = findPhones(text);
  const shared = phones.filter((phone) => phone.shared);
  return {
    phoneHashes: phones.flatMap((phone) => indexes(phone.number)),
    sharedHashes: shared.flatMap((phone) => indexes(phone.number)),
  };
}

function endsOf(vault: Vault, text: string): string[] {
  const ends = findPhones(text).map((phone) => lastFour(phone.number));
  return [...new Set(ends)].map(vault.endIndex);
}

function placeOf(orderId: string): Place {
  return { table: "customer_order", row: orderId };
}
