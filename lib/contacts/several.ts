/**
 * Whose contact each candidate is, when an order has several numbers: a couple is
 * told apart by name and masked number. Who of them is nobody's contact hinders
 * nothing, and is named.
 */
import { customersIn } from "../orders/number.ts";
import { numbersOf } from "../orders/customers.ts";
import type { Order } from "../orders/order.ts";
import type { Vault } from "../store/vault.ts";
import { type Customer, placesAmong } from "./customers.ts";
import { maskPhone } from "./phone.ts";

/** One of an order's customers, as people tell them apart. */
export interface OfCustomer {
  name: string;
  /** Masked; empty when no number is known. */
  phone: string;
}

export interface Unmatched extends OfCustomer {
  /** No contact of the person; or several, or by a number that many share. */
  why: "absent" | "unclear";
}

/** `found`: all that may be customers; `candidates`: those of the answer. */
export function tellApart(
  vault: Vault,
  order: Order,
  found: readonly Customer[],
  candidates: readonly Customer[],
): {
  ofOne: (one: Customer) => { of?: OfCustomer };
  without: Unmatched[];
} {
  // Of most orders there is one number, and nothing to open.
  if (!order.phonePlaces.some((place) => place > 0)) {
    return { ofOne: () => ({}), without: [] };
  }
  const customers = customersIn(vault, order);
  const [own, ...further] = customers.map((one) => one.phone);
  const numbers = numbersOf(own ?? "", further.map((phone) => ({ phone })));
  const { placesOf } = placesAmong(found);
  const numberAt = (place: number | undefined) =>
    numbers.find((one) => one.place === place);
  const customersOf = (some: readonly Customer[]) =>
    new Set(some.flatMap(placesOf).map((at) => numberAt(at)?.customer ?? 0));
  const present = customersOf(candidates);
  const known = customersOf(found);
  return {
    ofOne(one) {
      const number = numberAt(placesOf(one)[0]);
      const name = customers[number?.customer ?? 0]?.name ?? order.customerName;
      return { of: { name, phone: maskPhone(number?.number ?? "") } };
    },
    without: customers.flatMap(({ name, phone }, index): Unmatched[] =>
      present.has(index) ? [] : [{
        name,
        phone: maskPhone(phone),
        why: known.has(index) ? "unclear" : "absent",
      }]
    ),
  };
}
