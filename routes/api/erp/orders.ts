/** POST /api/erp/orders: new and changed orders, at most 1000 a call. */
import { requireErp } from "../../../lib/erp/inbound.ts";
import { methods, success } from "../../../lib/http/api.ts";
import {
  MOST_BATCH_BYTES,
  parse,
  readJsonObject,
} from "../../../lib/http/body.ts";
import { OrdersPush } from "../../../lib/orders/order.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services } = state;
    await requireErp(services.config, req.headers);
    const body = await readJsonObject(req, MOST_BATCH_BYTES);
    const { orders } = parse(OrdersPush, body);
    return success({ upserted: await services.orders.upsert(orders) });
  },
});
