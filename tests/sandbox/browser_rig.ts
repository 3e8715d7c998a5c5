/**
 * A tiny product page with the real @wecom/jssdk beside the sandbox, on one
 * origin, under the content policy the product uses: nonces only, nothing
 * inline. The page puts what happened into `window.outcome`.
 */
import { createRequire } from "node:module";
import { createHash } from "node:crypto";
import type { Browser, BrowserContext, Page } from "../support/playwright.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxDeps,
} from "../../lib/sandbox/mod.ts";

export interface BrowserRig extends AsyncDisposable {
  origin: string;
  sandbox: Sandbox;
}

const SDK = new URL(
  "./wecom.global.prod.js",
  `file://${createRequire(import.meta.url).resolve("@wecom/jssdk")}`,
);

async function ticket(sandbox: Sandbox, kind: string): Promise<string> {
  const ask = async (path: string) => {
    const response = await sandbox.api(
      new Request(`https://qyapi.test/cgi-bin/${path}`),
    );
    return await response.json();
  };
  const ids = `corpid=${sandbox.corpId}&corpsecret=${sandbox.secret}`;
  const { access_token } = await ask(`gettoken?${ids}`);
  const path = kind === "corp"
    ? "get_jsapi_ticket?"
    : "ticket/get?type=agent_config&";
  return (await ask(`${path}access_token=${access_token}`)).ticket;
}

/** `kind` corp or agent; `broken` signs another URL. */
async function sign(
  sandbox: Sandbox,
  query: URLSearchParams,
): Promise<Response> {
  const [nonceStr, timestamp] = ["nonce1", 1795147200];
  const url = (query.get("url") ?? "") + (query.get("broken") ? "x" : "");
  const value = await ticket(sandbox, query.get("kind") ?? "");
  const text =
    `jsapi_ticket=${value}&noncestr=${nonceStr}&timestamp=${timestamp}&url=${url}`;
  const signature = createHash("sha1").update(text).digest("hex");
  return Response.json({ timestamp, nonceStr, signature });
}

const PAGE = (sandbox: Sandbox) =>
  `<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>订单</title>
<link rel="stylesheet" href="/sandbox/ui.css">
<script nonce="n1" src="/sandbox/bridge.js"></script><script nonce="n1" src="/sdk.js"></script></head>
<body><main><div class="lead"><h1>王建国 的订单</h1><p>这里是系统自己的页面</p></div></main>
<script nonce="n1">
const signer = (kind, extra = "") => async (url) =>
  await (await fetch("/sign?kind=" + kind + extra + "&url=" + encodeURIComponent(url))).json();
const jsApiList = ["openEnterpriseChat","selectExternalContact","openExistedChatWithMsg","navigateToAddCustomer","updateEnterpriseChat","getContext","getCurExternalContact","getCurExternalChat","sendChatMessage"];
window.start = (mode) => ww.register({
  corpId: "${sandbox.corpId}", agentId: "${sandbox.agentId}", jsApiList,
  getConfigSignature: signer("corp"),
  ...(mode === "corp" ? {} : { getAgentConfigSignature:
    mode === "broken" ? signer("agent", "&broken=1") : mode === "mixed" ? signer("corp") : signer("agent") }),
});
window.call = (name, params) => {
  window.outcome = undefined;
  ww[name](params).then((result) => { window.outcome = result; },
    (error) => { window.outcome = error.errMsg ? error : { errMsg: String(error) }; });
};
window.addEventListener("unhandledrejection", (event) => event.preventDefault());
</script></body></html>`;

export async function browserRig(
  options: Partial<SandboxDeps> = {},
): Promise<BrowserRig> {
  const sdk = await Deno.readTextFile(SDK);
  const late: { sandbox?: Sandbox } = {};
  const server = Deno.serve({
    port: 0,
    hostname: "localhost",
    onListen: () => {},
  }, async (request) => {
    const { sandbox } = late;
    if (!sandbox) return new Response("", { status: 503 });
    const { pathname, searchParams } = new URL(request.url);
    const own = await sandbox.pages(request);
    if (own) return own;
    if (pathname === "/sdk.js") {
      return new Response(sdk, {
        headers: { "content-type": "text/javascript" },
      });
    }
    if (pathname === "/sign") return await sign(sandbox, searchParams);
    if (pathname !== "/order" && pathname !== "/") {
      return new Response(pathname);
    }
    return new Response(PAGE(sandbox), {
      headers: {
        "content-type": "text/html",
        "content-security-policy":
          "default-src 'none'; script-src 'nonce-n1' 'strict-dynamic'; connect-src 'self'; style-src 'self'",
      },
    });
  });
  const origin = `http://localhost:${server.addr.port}`;
  const sandbox = late.sandbox = createSandbox({
    now: Date.now,
    random: Math.random,
    log: () => {},
    publicOrigin: origin,
    ...options,
  });
  await sandbox.ready;
  return { origin, sandbox, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A page of a person, registered as the app unless told otherwise. */
export async function openOrder(
  browser: Browser,
  { origin }: BrowserRig,
  who: string,
  options: {
    query?: string;
    mode?: "agent" | "corp" | "broken" | "mixed";
    wide?: boolean;
  } = {},
): Promise<{ page: Page; context: BrowserContext; problems: string[] }> {
  const viewport = options.wide
    ? { width: 1280, height: 800 }
    : { width: 390, height: 844 };
  const context = await browser.newContext({ viewport });
  await context.addCookies([{
    name: "sandbox_identity",
    value: who,
    url: origin,
  }]);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(`${origin}/order${options.query ?? ""}`);
  await page.evaluate(
    (mode) => (globalThis as unknown as PageGlobals).start(mode),
    options.mode ?? "agent",
  );
  return { page, context, problems };
}

interface PageGlobals {
  start(mode: string): void;
  call(name: string, params: unknown): void;
  outcome: Record<string, unknown> | undefined;
}

/** Calls an SDK function without waiting for its answer. */
export async function call(
  page: Page,
  name: string,
  params: unknown = {},
): Promise<void> {
  await page.evaluate(
    ([api, input]) =>
      (globalThis as unknown as PageGlobals).call(String(api), input),
    [name, params],
  );
}

/** Waits for the answer of the last call. */
export async function outcome(page: Page): Promise<Record<string, unknown>> {
  const handle = await page.waitForFunction(
    () => (globalThis as unknown as PageGlobals).outcome,
    undefined,
    { timeout: 30_000 },
  );
  return await handle.jsonValue() as Record<string, unknown>;
}

/** Whether the last call has been answered by now. */
export async function settled(page: Page): Promise<boolean> {
  return await page.evaluate(() =>
    (globalThis as unknown as PageGlobals).outcome !== undefined
  );
}
