/** GET /api/erp/orders/:orderId: the state of an order's group, for the ERP. */
import { requireErp } from "../../../../lib/erp/inbound.ts";
import { orderIdIn, tellErp } from "../../../../lib/erp/order_state.ts";
import { success } from "../../../../lib/http/envelope.ts";
import { methods } from "../../../../lib/http/methods.ts";

export const handler = methods({
  async GET({ req, url, state }) {
    const { services, requestId } = state;
    await requireErp(services, req, requestId);
    return success(await tellErp(services, orderIdIn(url)));
  },
});
