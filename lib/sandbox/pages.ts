/**
 * Everything under /sandbox/: login pages, the simulated client's server side,
 * the console, and the two files the browser needs. Returns null for a path that
 * is not ours, so that it can stand in front of the product's own routes.
 */
import { bridgeSource } from "./bridge.ts";
import { clientCall } from "./client.ts";
import { consoleRoute } from "./console.ts";
import { choose } from "./entry.ts";
import { notice, redirect } from "./html.ts";
import { authorize } from "./oauth.ts";
import type { PageContext } from "./context.ts";
import { messagesPage } from "./messages_page.ts";
import { qrPicture, scanPage } from "./scan.ts";
import { UI_CSS } from "./ui.css.ts";

function file(text: string, type: string): Response {
  return new Response(text, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
    },
  });
}

export function createPages(
  context: PageContext,
): (request: Request) => Promise<Response | null> {
  async function route(request: Request, path: string): Promise<Response> {
    const post = request.method === "POST";
    if (!post && request.method !== "GET" && request.method !== "HEAD") {
      await request.body?.cancel();
      return notice("不支持", ["沙箱只接受 GET 和 POST。"], [], 405);
    }
    if (path === "choose") return await choose(context, request);
    if (path.startsWith("console")) return await consoleRoute(context, request);
    if (path.startsWith("client/") && post) {
      return await clientCall(context, request);
    }
    if (path.startsWith("scan/")) return await scanPage(context, request);
    if (post) await request.body?.cancel();
    else {
      if (path === "") return redirect("/sandbox/choose");
      if (path === "ui.css") return file(UI_CSS, "text/css");
      if (path === "bridge.js") return file(bridgeSource(), "text/javascript");
      if (path.startsWith("qr/")) return qrPicture(context, path);
      if (path === "messages") return messagesPage(context, request);
      if (path === "connect/oauth2/authorize" || path === "wwlogin/sso/login") {
        return authorize(context, request);
      }
      if (path === "killed") {
        return notice("页面被系统关闭了", [
          "模拟手机在群建好之后杀掉了网页：群已经有了，页面没能告诉服务器。",
          "回到订单看看，群应该自己被找到。",
        ], [{ href: "/", text: "回到我的订单" }]);
      }
    }
    return notice("没有这个页面", ["沙箱里没有这个地址。"], [
      { href: "/sandbox/choose", text: "选一个身份" },
    ], 404);
  }

  return async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname !== "/sandbox" && !pathname.startsWith("/sandbox/")) {
      return null;
    }
    return await route(request, pathname.slice("/sandbox/".length));
  };
}
