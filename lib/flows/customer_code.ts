/**
 * The order's own 联系我 code, to be shown on the phone: whoever scans it is
 * proposed as the order's customer, without any number.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { OrderCode } from "./schemas.ts";
import type { Codes } from "../codes/codes.ts";
import { isOnOrder } from "../staff/actor.ts";
import { z } from "zod";

export const customerCode = flow<{ codes: Codes }>()({
  summary: "生成订单自己的联系我二维码",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id }),
  output: OrderCode,
  changes: true,
  async run({ deps, actor, order, audited }) {
    // Who is not on the order shows the designer's.
    const wxUserId = isOnOrder(actor, order)
      ? actor.wxUserId
      : order.designerWxUserId;
    return await deps.codes.give(order, { wxUserId, audited });
  },
});
