/** GET /auth/login?next=: to WeCom's sign-in. */
import { startLogin } from "../../lib/auth/login.ts";
import { define } from "../../lib/http/state.ts";

export const handler = define.handlers({
  GET: ({ req, url, state }) =>
    startLogin(state.services, req, url.searchParams.get("next")),
});
