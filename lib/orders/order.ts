/**
 * An order as the rest of the product sees it, and the shape in which the ERP
 * pushes one (CONTRACT §3). The telephone number leaves this module only
 * masked, or as the index that matching compares.
 */
import { z } from "zod";

export const OrderPush = z.object({
  orderId: z.string().trim().min(1).max(64),
  orderNo: z.string().trim().max(64).nullish(),
  customerName: z.string().trim().min(1).max(64),
  customerPhone: z.string().trim().max(64),
  designerWxUserId: z.string().trim().min(1).max(64),
  projectManagerWxUserId: z.string().trim().max(64).nullish(),
  storeName: z.string().trim().max(64).nullish(),
  createdAt: z.iso.datetime({ offset: true })
    .refine((time) => time >= "1900", "is before 1900").nullish(),
});
export type OrderPush = z.infer<typeof OrderPush>;

export const OrdersPush = z.object({ orders: z.array(OrderPush).max(1000) });

export interface Order {
  orderId: string;
  orderNo: string;
  customerName: string;
  /** As the ERP wrote it, sealed. Open it to mask it or to write it back. */
  phoneSealed: string;
  /** Keyed index of each number in it; empty when there is none. */
  phoneHashes: string[];
  designerWxUserId: string;
  projectManagerWxUserId: string | null;
  storeName: string | null;
  createdAt: Date;
}
