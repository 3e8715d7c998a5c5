/** GET /auth/callback?code&state: back from WeCom's sign-in. */
import { finishLogin } from "../../lib/auth/login.ts";
import { define } from "../../lib/http/state.ts";

export const handler = define.handlers({
  GET: ({ req, url, state }) => {
    state.cookies = [];
    return finishLogin(state.services, req, url.searchParams, state);
  },
});
