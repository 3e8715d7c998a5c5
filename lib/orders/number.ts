/**
 * The customers' numbers as an order keeps them: the ERP's texts, sealed, the
 * hashes that contacts are looked up by, and those of the last four digits, by
 * which people look for the order. The numbers of all its customers are one list,
 * the first customer's first: a number's place in it is what tells a couple apart.
 */
import { findPhones, hideNumbers, lastFour } from "../contacts/phone.ts";
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { Place, Vault } from "../store/vault.ts";
import { type FurtherCustomer, numbersOf } from "./customers.ts";

/** Who has a number in the order, and no name. */
const UNNAMED = "另一位客户";

export interface OrderNumber {
  phoneSealed: string;
  /** By the place of the number, one for each. */
  phoneHashes: string[];
  /** Those of them that many people share: privacy numbers, a company's 400. */
  sharedHashes: string[];
  /** Of the last four digits of each; null: the release before wrote the row. */
  phoneEnds: string[] | null;
  /** The rules that found them in the text. */
  phoneRules: number;
  /** The customers beside the first; empty when there are none. */
  furtherSealed: string;
  /** Of their numbers; all of them are among the hashes above. */
  furtherHashes: string[];
}

export interface LookupHashes {
  phoneHashes: string[];
  sharedHashes: string[];
  /** The place of the number that each of the hashes is of. */
  phonePlaces: number[];
}

export function storeOrderNumber(
  vault: Vault,
  orderId: string,
  text: string,
  further: readonly FurtherCustomer[] = [],
): OrderNumber {
  const numbers = numbersOf(text, further);
  const { phoneHashes, sharedHashes } = hashesOf(
    numbers,
    (number) => [vault.index(number)],
  );
  const own = new Set(findPhones(text).map((phone) => phone.number));
  const others = numbers.filter((one) => !own.has(one.number));
  const ends = new Set(numbers.map((one) => lastFour(one.number)));
  return {
    phoneSealed: vault.numbers.seal(text, placeOf(orderId)),
    phoneHashes,
    sharedHashes,
    phoneEnds: [...ends].map(vault.endIndex),
    phoneRules: PHONE_RULES,
    furtherSealed: further.length === 0
      ? ""
      : vault.numbers.seal(JSON.stringify(further), placeOfFurther(orderId)),
    furtherHashes: others.map((one) => vault.index(one.number)),
  };
}

interface SealedNumber {
  orderId: string;
  phoneSealed: string;
}

interface SealedFurther {
  orderId: string;
  furtherSealed: string;
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

/** The customers beside the first; null when none of our keys opens them. */
export function readFurther(
  vault: Vault,
  { orderId, furtherSealed }: SealedFurther,
): FurtherCustomer[] | null {
  if (furtherSealed === "") return [];
  const text = vault.numbers.open(furtherSealed, placeOfFurther(orderId));
  return text === null ? null : JSON.parse(text);
}

export function openFurther(
  vault: Vault,
  order: SealedFurther,
): FurtherCustomer[] {
  return readFurther(vault, order) ?? [];
}

/** All of an order's customers with their texts, the first one first. */
export function customersIn(
  vault: Vault,
  order: SealedNumber & SealedFurther & { customerName: string },
): { name: string; phone: string }[] {
  const further = openFurther(vault, order).map(({ name, phone }) => ({
    name: hideNumbers(name ?? UNNAMED),
    phone,
  }));
  const first = openOrderNumber(vault, order);
  return [{ name: order.customerName, phone: first }, ...further];
}

/**
 * The hashes to look contacts up by. What was stored under other rules, with
 * another key or by the release before is found out anew from the texts; while
 * keys change, contacts may be stored under either.
 */
export function lookupHashes(
  vault: Vault,
  order: Omit<OrderNumber, "phoneEnds"> & { orderId: string },
): LookupHashes {
  const { phoneHashes, sharedHashes, furtherHashes, furtherSealed } = order;
  const known = new Set(phoneHashes);
  const stands = order.phoneRules === PHONE_RULES &&
    order.phoneSealed.startsWith(vault.prefix) &&
    (furtherSealed === "" || furtherSealed.startsWith(vault.prefix)) &&
    furtherHashes.every((hash) => known.has(hash));
  const stored = {
    phoneHashes,
    sharedHashes,
    phonePlaces: placesFrom(phoneHashes, furtherHashes),
  };
  if (stands && !vault.rotating) return stored;
  const text = readOrderNumber(vault, order);
  const further = readFurther(vault, order);
  if (text === null || further === null) return stored;
  return hashesOf(numbersOf(text, further), vault.indexes);
}

/** As `numbersOf` counts them. */
function placesFrom(
  phoneHashes: readonly string[],
  furtherHashes: readonly string[],
): number[] {
  const [first = ""] = phoneHashes;
  const from = furtherHashes.includes(first) ? 1 : 0;
  return phoneHashes.map((_, at) => from + at);
}

function hashesOf(
  numbers: ReturnType<typeof numbersOf>,
  indexes: (number: string) => string[],
): LookupHashes {
  const hashes = numbers.flatMap(({ number, shared, place }) =>
    indexes(number).map((hash) => ({ hash, shared, place }))
  );
  return {
    phoneHashes: hashes.map((one) => one.hash),
    sharedHashes: hashes.filter((one) => one.shared).map((one) => one.hash),
    phonePlaces: hashes.map((one) => one.place),
  };
}

function placeOf(orderId: string): Place {
  return { table: "customer_order", row: orderId };
}

function placeOfFurther(orderId: string): Place {
  return { table: "customer_order further", row: orderId };
}
