/**
 * The shape in which the ERP tells an order (CONTRACT §3), pushed or asked for.
 * A wrong type refuses the row, as in any field. A further customer without a
 * number, or one too many, is left out and told: the order is there for the
 * designer who stands beside the first one.
 */
import { z } from "zod";
import {
  id,
  optionalName,
  optionalUserId,
  shownName,
  text,
  userId,
} from "../erp/text.ts";
import { readTime, Time } from "../erp/time.ts";
import { type FurtherCustomer, type Issue, takeFurther } from "./customers.ts";

/** Several numbers with their owners' names fit in. */
const PHONES = 512;

const Customer = z.object({
  name: optionalName,
  phone: text.max(PHONES).nullable().transform((phone) => phone ?? ""),
});

/** `timeZone`: of times that tell none; an IANA name. */
export function orderPush(timeZone: string) {
  return z.object({
    orderId: id,
    orderNo: text.max(128).nullish(),
    customerName: shownName,
    customerPhone: text.max(PHONES).nullable()
      .transform((phone) => phone ?? ""),
    customers: z.array(Customer).nullish()
      .describe("all of them, or those beside the first; absent: as before"),
    designerWxUserId: userId,
    projectManagerWxUserId: optionalUserId,
    storeName: optionalName,
    stage: text.max(64).nullish(),
    createdAt: Time.transform((value, ctx) => {
      const read = readTime(value, timeZone);
      if (read !== undefined) return read?.toISOString() ?? null;
      ctx.addIssue("is no time");
      return z.NEVER;
    }),
  }).transform(({ customers, ...order }): OrderPush => {
    if (customers === undefined) return order;
    const told = (customers ?? []).map(({ name, phone }) => ({
      ...(name ? { name } : {}),
      phone,
    }));
    const { further, issues } = takeFurther(order.customerPhone, told);
    return { ...order, further, ...(issues.length > 0 && { issues }) };
  });
}

/** An order as the ERP told it, with its times in UTC. */
export interface OrderPush {
  readonly orderId: string;
  readonly orderNo?: string | null | undefined;
  readonly customerName: string;
  readonly customerPhone: string;
  /** The customers beside the first; absent: those who are there stay. */
  readonly further?: readonly FurtherCustomer[] | undefined;
  /** What was wrong with customers who are left out. */
  readonly issues?: readonly Issue[] | undefined;
  readonly designerWxUserId: string;
  readonly projectManagerWxUserId?: string | null | undefined;
  readonly storeName?: string | null | undefined;
  /** How far it is; absent: as it was. */
  readonly stage?: string | null | undefined;
  readonly createdAt?: string | null | undefined;
}
