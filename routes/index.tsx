/** GET /: my orders. */
import { page } from "fresh";
import { requireCaller } from "../lib/auth/actor.ts";
import { define } from "../lib/http/state.ts";
import { openOrdersPage } from "../lib/orders/page.ts";
import { OrdersPage } from "../lib/ui/pages/orders_page.tsx";

export const handler = define.handlers({
  GET: async ({ state, url }) => {
    const caller = await requireCaller(state);
    return page(await openOrdersPage(state.services, caller, url.searchParams));
  },
});

export default define.page<typeof handler>(function Orders({ data }) {
  return <OrdersPage {...data} />;
});
