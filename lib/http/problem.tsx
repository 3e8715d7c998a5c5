/**
 * An error as a page: what happened, in the words of the person who sees it,
 * and the next step. Who is not signed in goes to sign in and comes back.
 */
import type { Context } from "fresh";
import { ProblemPage } from "../ui/pages/problem_page.tsx";
import { type AppError, reasonOf } from "./errors.ts";
import type { State } from "./state.ts";

interface Step {
  label: string;
  href: string;
}

export async function renderProblem(
  ctx: Context<State>,
  error: AppError,
): Promise<Response> {
  const { url, req, state } = ctx;
  const path = url.pathname + url.search;
  const reading = req.method === "GET" || req.method === "HEAD";
  const asked = reasonOf(error);
  if (error.error === "UNAUTHENTICATED" && asked !== "login" && reading) {
    const location = `/auth/login?next=${encodeURIComponent(path)}`;
    return new Response(null, { status: 302, headers: { location } });
  }
  const title = TITLES[error.error] ?? "打不开这个页面";
  const response = await ctx.render(
    <ProblemPage
      title={title}
      msg={besides(title, error.msg)}
      error={error.error}
      requestId={state.requestId}
      actions={stepsFor(error, path)}
    />,
    { status: error.status },
  );
  if (error.retryAfterSeconds !== undefined) {
    response.headers.set("retry-after", String(error.retryAfterSeconds));
  }
  return response;
}

/** The sentence, without what the title says already. */
function besides(title: string, sentence: string): string {
  const [first, rest] = [`${title}，`, sentence.slice(title.length + 1)];
  return sentence.startsWith(first) && rest !== "" ? rest : sentence;
}

const TITLES: Partial<Record<AppError["error"], string>> = {
  UNAUTHENTICATED: "登录没有完成",
  FORBIDDEN: "没有权限查看",
  CSRF_REJECTED: "请求没有被接受",
  ORDER_NOT_FOUND: "没有找到订单",
  NOT_FOUND: "页面不存在",
  WECOM_UNAVAILABLE: "企业微信暂时没有响应",
  DATABASE_UNAVAILABLE: "服务暂时没有响应",
  ERP_UNAVAILABLE: "订单系统暂时没有响应",
  RATE_LIMITED: "操作太频繁",
  INTERNAL: "服务出错了",
};

function stepsFor(error: AppError, path: string): Step[] {
  const home = { label: "返回我的订单", href: "/" };
  const again = { label: "重试", href: path };
  switch (error.error) {
    case "UNAUTHENTICATED":
      return [{ label: "重新登录", href: "/auth/login" }];
    case "FORBIDDEN":
      return reasonOf(error)
        ? [{ label: "换个账号登录", href: "/auth/login" }]
        : [home];
    case "ORDER_NOT_FOUND":
    case "NOT_FOUND":
      return [home];
    default:
      return path.startsWith("/auth/")
        ? [{ label: "重新登录", href: "/auth/login" }]
        : [again, home];
  }
}
