/** GET /: my orders. */
import { page } from "fresh";
import { define } from "../lib/http/state.ts";
import { openOrdersPage } from "../lib/orders/page.ts";
import { OrdersPage } from "../lib/ui/pages/orders_page.tsx";

export const handler = define.handlers({
  GET: async (ctx) =>
    page(await openOrdersPage(ctx.state, ctx.url.searchParams)),
});

export default define.page<typeof handler>(function Orders({ data }) {
  return <OrdersPage {...data} />;
});
