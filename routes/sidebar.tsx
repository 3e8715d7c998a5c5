/** GET /sidebar: the page for the chat toolbar (聊天工具栏). */
import { page } from "fresh";
import { requireCaller } from "../lib/auth/actor.ts";
import { openSidebar } from "../lib/auth/sidebar_page.ts";
import { define } from "../lib/http/state.ts";
import { SidebarPage } from "../lib/ui/pages/sidebar_page.tsx";

export const handler = define.handlers({
  GET: async ({ state, url }) => {
    const caller = await requireCaller(state);
    return page(await openSidebar(state.services, caller, url));
  },
});

export default define.page<typeof handler>(function Beside({ data }) {
  return <SidebarPage model={data} />;
});
