/** GET /api/wecom/signature?url=: both signatures for a page of ours. */
import { requireActor } from "../../../lib/auth/actor.ts";
import { methods, success } from "../../../lib/http/api.ts";
import { signOwnPage } from "../../../lib/auth/sign_page.ts";

export const handler = methods({
  async GET({ url, state }) {
    await requireActor(state);
    const asked = url.searchParams.get("url");
    return success(await signOwnPage(state.services, asked));
  },
});
