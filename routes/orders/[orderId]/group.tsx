/** GET /orders/:orderId/group: the H5 page on which the group is made. */
import { page } from "fresh";
import { requireCaller } from "../../../lib/auth/actor.ts";
import {
  openGroupPage,
  orderIdOf,
  titleOf,
} from "../../../lib/groups/open_page.ts";
import { define } from "../../../lib/http/state.ts";
import { GroupPage } from "../../../lib/ui/pages/group_page.tsx";

export const handler = define.handlers({
  GET: async ({ state, url }) => {
    const caller = await requireCaller(state);
    const orderId = orderIdOf(url);
    const opened = await openGroupPage(state.services, caller, url, orderId);
    state.title = titleOf(opened.model);
    return page(opened);
  },
});

export default define.page<typeof handler>(function Group({ data }) {
  return <GroupPage model={data.model} sandbox={data.sandbox} />;
});
