/** POST /api/erp/orders: new and changed orders, at most 1000 a call. */
import { requireErp } from "../../../lib/erp/inbound.ts";
import { methods, success } from "../../../lib/http/api.ts";
import { parse, readJsonObject } from "../../../lib/http/body.ts";
import { OrdersPush } from "../../../lib/orders/order.ts";

export const handler = methods({
  async POST({ req, state }) {
    const { services } = state;
    await requireErp(services.config, req.headers);
    const { orders } = parse(OrdersPush, await readJsonObject(req));
    return success({ upserted: await services.orders.upsert(orders) });
  },
});
