/** GET /: my orders. POST /: a search, which must not stand in an address. */
import { page } from "fresh";
import { requireCaller } from "../lib/auth/actor.ts";
import { readText } from "../lib/http/body.ts";
import { seeOther } from "../lib/http/see_other.ts";
import { define } from "../lib/http/state.ts";
import {
  addressOfSearch,
  openOrdersPage,
  tellsNumber,
} from "../lib/orders/page.ts";
import { OrdersPage } from "../lib/ui/pages/orders_page.tsx";

export const handler = define.handlers({
  GET: async ({ state, url: { searchParams } }) => {
    const caller = await requireCaller(state);
    const { services } = state;
    return tellsNumber(searchParams)
      ? seeOther(await addressOfSearch(services, caller, searchParams))
      : page(await openOrdersPage(services, caller, searchParams));
  },
  POST: async ({ state, req }) => {
    const caller = await requireCaller(state);
    const form = new URLSearchParams(await readText(req));
    return seeOther(await addressOfSearch(state.services, caller, form));
  },
});

export default define.page<typeof handler>(function Orders({ data }) {
  return <OrdersPage {...data} />;
});
