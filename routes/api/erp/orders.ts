/** POST /api/erp/orders: new and changed orders, at most 1000 a call. */
import { auditPush, requireErp } from "../../../lib/erp/inbound.ts";
import { takeRows } from "../../../lib/erp/rows.ts";
import { success } from "../../../lib/http/envelope.ts";
import { methods } from "../../../lib/http/methods.ts";
import { MOST_BATCH_BYTES, readJsonObject } from "../../../lib/http/body.ts";
import { orderPush } from "../../../lib/orders/push.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services, requestId } = state;
    const { config, orders } = services;
    await requireErp(services, req, requestId);
    const body = await readJsonObject(req, MOST_BATCH_BYTES, {
      rowByRow: true,
      byToken: true,
    });
    const row = orderPush(config.timeZone);
    const { good, rejected, incomplete } = takeRows(
      body,
      "orders",
      "orderId",
      row,
      (order) => order.issues ?? [],
    );
    const upserted = await orders.upsert(good, requestId);
    const came = { upserted, rejected };
    await auditPush(services, "erp.orders", came, requestId);
    return success({
      upserted,
      rejected,
      ...(incomplete.length > 0 && { incomplete }),
    });
  },
});
