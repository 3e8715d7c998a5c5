/**
 * Which of an order's numbers are a contact's own. Of a couple's numbers only
 * those of the one who was chosen are written into a remark: the other's would
 * make two contacts of one number.
 */
import { numbersOf } from "../orders/customers.ts";
import { openFurther, openOrderNumber } from "../orders/number.ts";
import type { Order } from "../orders/order.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { type Customer, customersOf, placesAmong } from "./customers.ts";
import type { Phone } from "./phone.ts";

export interface WhoseNumbers {
  /** All of the order. */
  all: readonly Phone[];
  /** Those of this customer of the order; for who has none of them the first's. */
  of(externalUserId: string): readonly Phone[];
  /** Whether two contacts stand for different customers of the order. */
  areApart(one: string, other: string): boolean;
}

export async function whoseNumbers(
  { sql, vault }: { sql: Sql; vault: Vault },
  order: Order,
): Promise<WhoseNumbers> {
  const all = numbersOf(
    openOrderNumber(vault, order),
    openFurther(vault, order),
  );
  // Most orders have one number: it is whoever's was chosen.
  if (all.every((one) => one.place === 0)) {
    return { all, of: () => all, areApart: () => false };
  }
  const known = await sql<Customer[]>`
    select * from ${customersOf(sql, [order])} customer`;
  const { placesOf, hasNumber } = placesAmong(known);
  const places = (externalUserId: string) => placesOf({ externalUserId });
  const customerAt = (place: number) =>
    all.find((one) => one.place === place)?.customer ?? 0;
  return {
    all,
    of(externalUserId) {
      const own = places(externalUserId);
      const customers = new Set(own.map(customerAt));
      const isOthers = (place: number) =>
        known.some((one) =>
          one.externalUserId !== externalUserId && hasNumber(one) &&
          placesOf(one).includes(place)
        );
      return all.filter(({ customer, place }) =>
        customers.has(customer) && (own.includes(place) || !isOthers(place))
      );
    },
    areApart: (one, other) =>
      !places(one).some((place) => places(other).includes(place)),
  };
}
