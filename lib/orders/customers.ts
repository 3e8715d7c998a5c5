/**
 * The customers of an order: the one whom the ERP names with it, and those beside
 * (a couple, parents who pay), with up to five numbers in all. Each may have
 * several numbers; a number that is told twice is the first one's who has it.
 */
import { findPhones, type Phone } from "../contacts/phone.ts";

/** The ERP's limit (CONTRACT §3). */
export const MOST_NUMBERS = 5;

/** A customer beside the first, as the ERP told it. */
export interface FurtherCustomer {
  readonly name?: string | undefined;
  readonly phone: string;
}

export interface NumberOfOrder extends Phone {
  /** Whose it is: 0 for the customer whom the order names. */
  customer: number;
  /** Among the order's numbers; 0 is the first customer's, also when they have none. */
  place: number;
}

/** All numbers of an order, each once, in the order of their places. */
export function numbersOf(
  text: string,
  further: readonly FurtherCustomer[],
): NumberOfOrder[] {
  const found = new Map<string, Omit<NumberOfOrder, "place">>();
  for (const [customer, phone] of [text, ...textsOf(further)].entries()) {
    for (const { number, shared } of findPhones(phone)) {
      const known = found.get(number);
      if (known) known.shared ||= shared;
      else found.set(number, { number, shared, customer });
    }
  }
  const numbers = [...found.values()];
  const from = numbers[0]?.customer === 0 ? 0 : 1;
  return numbers.map((number, at) => ({ ...number, place: from + at }));
}

const textsOf = (further: readonly FurtherCustomer[]) =>
  further.map((one) => one.phone);

export interface Issue {
  path: string;
  message: string;
}

/**
 * Those of `customers` who come beside the first, and what is wrong with the
 * others: each counts by itself, and none of them keeps the order from being
 * stored. Who has only numbers that are told already is that customer again.
 */
export function takeFurther(
  text: string,
  customers: readonly FurtherCustomer[],
): { further: FurtherCustomer[]; issues: Issue[] } {
  const known = new Set(findPhones(text).map((phone) => phone.number));
  const further: FurtherCustomer[] = [];
  const issues: Issue[] = [];
  for (const [at, customer] of customers.entries()) {
    const numbers = findPhones(customer.phone).map((phone) => phone.number);
    const fresh = numbers.filter((number) => !known.has(number));
    if (numbers.length === 0) {
      const message = "holds no telephone number: this customer is left out";
      issues.push({ path: `customers.${at}.phone`, message });
    } else if (fresh.length > 0 && known.size + fresh.length > MOST_NUMBERS) {
      const message =
        `an order has at most ${MOST_NUMBERS} numbers: this customer is left out`;
      issues.push({ path: `customers.${at}`, message });
    } else if (fresh.length > 0) {
      further.push(customer);
      for (const number of fresh) known.add(number);
    }
  }
  return { further, issues };
}
