/** GET /auth/login?next=: to WeCom's sign-in; in plain WeChat, the way there. */
import { page } from "fresh";
import { inPlainWechat, startLogin } from "../../lib/auth/login.ts";
import { safeNext } from "../../lib/auth/next.ts";
import { define } from "../../lib/http/state.ts";
import { OutsidePage } from "../../lib/ui/pages/outside_page.tsx";

export const handler = define.handlers({
  GET: ({ req, url, state: { services } }) => {
    const next = url.searchParams.get("next");
    return inPlainWechat(req.headers)
      ? page({ link: services.config.publicOrigin + safeNext(next) })
      : startLogin(services, req, next);
  },
});

export default define.page<typeof handler>(function Outside({ data }) {
  return <OutsidePage link={data.link} />;
});
