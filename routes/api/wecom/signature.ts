/** GET /api/wecom/signature?url=: both signatures for a page of ours. */
import { requireActor } from "../../../lib/auth/actor.ts";
import { success } from "../../../lib/http/envelope.ts";
import { methods } from "../../../lib/http/methods.ts";
import { signOwnPage } from "../../../lib/auth/sign_page.ts";

export const handler = methods({
  async GET({ url, state }) {
    await requireActor(state);
    const asked = url.searchParams.get("url");
    return success(await signOwnPage(state.services, asked));
  },
});
