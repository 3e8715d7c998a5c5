/**
 * The document around every page. In the sandbox its bridge is a classic script
 * before everything else: it has to stand in for the WeCom client before the
 * SDK looks for one.
 */
import { asset } from "fresh/runtime";
import { define } from "../lib/http/state.ts";

export default define.page(function Document({ Component, state, url }) {
  // Unset on pages for errors that came before the services.
  const sandbox = state.services?.sandbox;
  return (
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        {sandbox && <script src="/sandbox/bridge.js" />}
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, viewport-fit=cover"
        />
        <meta name="color-scheme" content="light dark" />
        <meta
          name="theme-color"
          media="(prefers-color-scheme: light)"
          content="#ededed"
        />
        <meta
          name="theme-color"
          media="(prefers-color-scheme: dark)"
          content="#111111"
        />
        <meta name="format-detection" content="telephone=no" />
        <meta name="referrer" content="same-origin" />
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={asset("/app.css")} />
        <title>{state.title ?? titleOf(url.pathname)}</title>
      </head>
      <body>
        {sandbox && (
          <aside class="sandbox" aria-label="沙箱">
            <span>沙箱：都是模拟数据</span>
            <a href="/sandbox">换个身份</a>
            <a href="/sandbox/console">沙箱控制台</a>
          </aside>
        )}
        <Component />
      </body>
    </html>
  );
});

/** WeCom shows it in its navigation bar. */
function titleOf(path: string): string {
  if (path === "/") return "我的订单";
  if (path === "/sidebar") return "客户订单";
  if (path.startsWith("/admin")) return "客户群管理";
  return "客户群";
}
