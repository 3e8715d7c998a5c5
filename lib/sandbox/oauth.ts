/**
 * WeCom's login pages: OAuth inside the client and the QR login on a desk. Both
 * lead back with a code that works once (96441, 91023). A browser that already
 * said who it is goes through silently, as in the client. Refused as WeCom does:
 * a redirect to a foreign host (50001), a state that is not [a-zA-Z0-9]{0,128},
 * a member who left. A customer comes through and is named as external.
 */
import type { Identity, PageContext } from "./context.ts";
import { entryPage } from "./entry.ts";
import { notice, redirect } from "./html.ts";
import { visitorOf } from "./visitor.ts";
import { CODE } from "../wecom/codes/mod.ts";

/** Null when the target is not ours, else the URL to go back to. */
function target(identity: Identity, value: string | null): URL | null {
  if (!value || !URL.canParse(value)) return null;
  const url = new URL(value);
  return url.origin === identity.publicOrigin ? url : null;
}

export function authorize(context: PageContext, request: Request): Response {
  const { world, identity } = context;
  const { pathname, search, searchParams: query } = new URL(request.url);
  const sso = pathname.endsWith("/sso/login");
  const refuse = (title: string, ...lines: string[]) =>
    notice(title, lines, [{ href: "/sandbox/choose", text: "换个身份" }], 400);

  if (query.get("appid") !== identity.corpId) {
    return refuse("无法登录", "appid 不是这家企业的（40013）。");
  }
  const back = target(identity, query.get("redirect_uri"));
  if (!back) {
    return refuse(
      "redirect_uri 需使用应用可信域名",
      `只能回到 ${identity.publicOrigin}（${CODE.WRONG_REDIRECT_HOST}）。`,
    );
  }
  const state = query.get("state") ?? "";
  if (!/^[a-zA-Z0-9]{0,128}$/.test(state)) {
    return refuse("无法登录", "state 只能是字母和数字，最长 128 字节。");
  }
  const shape = sso
    ? query.get("login_type") === "CorpApp" &&
      query.get("agentid") === identity.agentId
    : query.get("response_type") === "code" &&
      ["snsapi_base", "snsapi_privateinfo"].includes(query.get("scope") ?? "");
  if (!shape) {
    return refuse(
      "无法登录",
      sso
        ? "需要 login_type=CorpApp 和正确的 agentid。"
        : "需要 response_type=code 和 scope=snsapi_base。",
    );
  }
  const visitor = visitorOf(world, request);
  if (!visitor) return entryPage(context, request, pathname + search);
  if (visitor.kind === "staff" && visitor.staff.departed) {
    return notice("你已不在该企业", [
      `${visitor.staff.name}已离职，企业微信不让他登录。`,
      "他的客户和群可以用管理员身份交接。",
    ], [{
      href: `/sandbox/choose?next=${encodeURIComponent(pathname + search)}`,
      text: "换个身份",
    }], 403);
  }
  const code = world.tokens.issueCode(visitor.id, world.now(), context.random);
  back.searchParams.set("code", code);
  back.searchParams.set("state", state);
  return redirect(back.href);
}
