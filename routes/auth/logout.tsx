/** POST /auth/logout signs out; GET shows that it is done. */
import { page } from "fresh";
import { logout } from "../../lib/auth/login.ts";
import { define } from "../../lib/http/state.ts";
import { ProblemPage } from "../../lib/ui/pages/problem_page.tsx";

export const handler = define.handlers({
  POST: ({ state }) => logout(state.services, state),
  GET: () => page(),
});

export default define.page(function SignedOut() {
  return (
    <ProblemPage
      title="已退出登录"
      msg="您的登录信息已从这台设备上清除。"
      actions={[{ label: "重新登录", href: "/auth/login" }]}
    />
  );
});
