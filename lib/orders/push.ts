/**
 * The shape in which the ERP tells an order (CONTRACT §3), pushed or asked for.
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

/** Several numbers with their owners' names fit in. */
const PHONES = 512;

/** `timeZone`: of times that tell none; an IANA name. */
export function orderPush(timeZone: string) {
  return z.object({
    orderId: id,
    orderNo: text.max(128).nullish(),
    customerName: shownName,
    customerPhone: text.max(PHONES).nullable()
      .transform((phone) => phone ?? ""),
    designerWxUserId: userId,
    projectManagerWxUserId: optionalUserId,
    storeName: optionalName,
    createdAt: Time.transform((value, ctx) => {
      const read = readTime(value, timeZone);
      if (read !== undefined) return read?.toISOString() ?? null;
      ctx.addIssue("is no time");
      return z.NEVER;
    }),
  });
}

/** An order as the ERP told it, with its times in UTC. */
export interface OrderPush {
  readonly orderId: string;
  readonly orderNo?: string | null | undefined;
  readonly customerName: string;
  readonly customerPhone: string;
  readonly designerWxUserId: string;
  readonly projectManagerWxUserId?: string | null | undefined;
  readonly storeName?: string | null | undefined;
  readonly createdAt?: string | null | undefined;
}
