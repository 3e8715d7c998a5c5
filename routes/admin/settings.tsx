/** GET and POST /admin/settings: the company's settings, for admins. */
import { page } from "fresh";
import { requireHidden } from "../../lib/auth/actor.ts";
import { RIGHTS } from "../../lib/flows/rights.ts";
import { define } from "../../lib/http/state.ts";
import { openSettingsPage, saveSettings } from "../../lib/settings/page.ts";
import { SettingsPage } from "../../lib/ui/pages/settings_page.tsx";

export const handler = define.handlers({
  GET: async ({ state, url }) => {
    const caller = await requireHidden(state, RIGHTS.configure);
    const saved = url.searchParams.has("saved");
    return page(await openSettingsPage(state.services, caller, saved));
  },
  POST: async ({ state, req }) => {
    const caller = await requireHidden(state, RIGHTS.configure);
    const refused = await saveSettings(state.services, caller, req);
    if (refused) return page(refused, { status: 400 });
    const headers = { location: "/admin/settings?saved=1" };
    return new Response(null, { status: 303, headers });
  },
});

export default define.page<typeof handler>(function Settings({ data }) {
  return <SettingsPage {...data} />;
});
