/**
 * `window.WeixinJSBridge` as @wecom/jssdk 2.4.4 calls it: `invoke(name, params,
 * callback)` with `{err_msg: "name:ok"}` and so on. What may be done is decided
 * by the server; here are only versions, the list of registered APIs, and
 * screens. Runs in the browser, sent as text: nothing from outside but arguments.
 */
import type { Answer, Screens } from "./bridge_screens.ts";
import type { Ui } from "./bridge_ui.ts";

export type ClientName = "phone" | "desktop" | "early" | "old" | "none";
type Params = Record<string, unknown>;
type Callback = (result: Params) => void;

/** Which client this page is to believe in; must run before the page's scripts. */
export function bridgeKind(): ClientName {
  const known = (value: string | null | undefined): value is ClientName =>
    value === "phone" || value === "desktop" || value === "early" ||
    value === "old" || value === "none";
  const asked = new URLSearchParams(location.search).get("client");
  const cookie = /(?:^|;\s*)sandbox_client=(\w+)/.exec(document.cookie)?.[1];
  const kind = known(asked) ? asked : known(cookie) ? cookie : "phone";
  if (known(asked) && asked !== cookie) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie =
      `sandbox_client=${asked}; Path=/; Max-Age=604800; SameSite=Lax${secure}`;
  }
  const plain = navigator.userAgent.replace(
    /\s*(wxwork|MicroMessenger)\/\S+/gi,
    "",
  );
  const version = kind === "old"
    ? "2.4.16"
    : kind === "early"
    ? "3.0.20"
    : "4.1.30";
  const agent = `${plain} wxwork/${version} MicroMessenger/7.0.1`;
  const userAgent = kind === "none"
    ? plain
    : kind === "desktop"
    ? `${agent} WindowsWechat`
    : agent;
  Object.defineProperty(navigator, "userAgent", {
    get: () => userAgent,
    configurable: true,
  });
  return kind;
}

export function bridgeClient(kind: ClientName, ui: Ui, screens: Screens): void {
  /** First client version of each API. */
  const since: Record<string, number> = {
    agentConfig: 20836,
    preVerifyJSAPI: 20000,
    checkJsApi: 20000,
    openEnterpriseChat: 20000,
    selectExternalContact: 20420,
    getContext: 30024,
    updateEnterpriseChat: 30036,
    navigateToAddCustomer: 30036,
    openExistedChatWithMsg: 30108,
    getCurExternalContact: 20810,
    getCurExternalChat: 20817,
    sendChatMessage: 20810,
    closeWindow: 20000,
    hideOptionMenu: 20000,
    showOptionMenu: 20000,
  };
  const free = [
    "checkJsApi",
    "getContext",
    "closeWindow",
    "hideOptionMenu",
    "showOptionMenu",
  ];
  const version = kind === "old" ? 20_416 : kind === "early" ? 30_020 : 40_130;
  /** What the page registered for; null before any registration. */
  let allowed: Set<string> | null = null;
  let verify: Params = {};
  /** Beside which chat the page was opened, as the console's links say. */
  const beside = new URLSearchParams(location.search).get("in");
  const entry = beside?.startsWith("customer:")
    ? "single_chat_tools"
    : beside
    ? "group_chat_tools"
    : "normal";

  const offered = (name: string) =>
    (since[name] ?? Infinity) <= version &&
    !(kind === "desktop" && name === "navigateToAddCustomer");

  async function post(step: string, body: Params): Promise<Answer> {
    try {
      const response = await fetch(`/sandbox/client/${step}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return await response.json() as Answer;
    } catch {
      return { ok: false, errMsg: "fail network error" };
    }
  }

  function result(name: string, answer: Answer, extra: Params = {}): Params {
    if (answer.ok) return { err_msg: `${name}:ok`, ...extra };
    const errCode = answer.errCode === undefined
      ? {}
      : { err_code: answer.errCode };
    return { err_msg: `${name}:${answer.errMsg ?? "fail"}`, ...errCode };
  }

  async function register(
    name: string,
    params: Params,
    callback: Callback,
  ): Promise<void> {
    const agent = name === "agentConfig";
    const text = (value: unknown) =>
      value === undefined || value === null ? "" : String(value);
    const signed = {
      url: location.href.split("#")[0],
      timestamp: text(agent ? params["timestamp"] : params["verifyTimestamp"]),
      nonceStr: text(agent ? params["nonceStr"] : params["verifyNonceStr"]),
      signature: text(agent ? params["signature"] : params["verifySignature"]),
    };
    const ids = {
      corpId: text(agent ? params["corpid"] : params["appId"]),
      agentId: text(params["agentid"]),
    };
    const answer = await post(name, { ...signed, ...ids });
    if (answer.ok) {
      const list = agent ? params["jsApiList"] : params["verifyJsApiList"];
      allowed = new Set([
        ...allowed ?? [],
        ...Array.isArray(list) ? list.map(String) : [],
      ]);
      verify = signed;
    }
    callback(result(name, answer));
  }

  function show(
    name: string,
    answer: Answer,
    input: Params,
    callback: Callback,
  ): void {
    const done = (params: Params) => post(`${name}/done`, { verify, params });
    switch (answer.screen) {
      case "create":
        return screens.create(answer, () => done(input), (made) => {
          if (made.kill) location.replace("/sandbox/killed");
          else {callback(
              result(name, made, made.chatId ? { chatId: made.chatId } : {}),
            );}
        });
      case "chat":
        screens.chat(answer);
        return callback(result(name, answer));
      case "pick":
        return screens.pick(answer, (search) => done({ search }), (ids) => {
          if (ids) callback(result(name, answer, { userIds: ids }));
          else callback(result(name, { ok: false, errMsg: "cancel" }));
        });
      case "add":
        return screens.add(done, () => callback(result(name, answer)));
      default:
        callback(result(name, answer, {
          ...(answer.userId ? { userId: answer.userId } : {}),
          ...(answer.chatId ? { chatId: answer.chatId } : {}),
        }));
    }
  }

  async function invoke(
    name: string,
    params: Params,
    callback: Callback,
  ): Promise<void> {
    if (!(name in since)) {
      return callback({ err_msg: `${name}:function_not_exist` });
    }
    if (!offered(name)) {
      return callback({ err_msg: `${name}:function not exist` });
    }
    if (name === "agentConfig" || name === "preVerifyJSAPI") {
      return await register(name, params, callback);
    }
    if (name === "checkJsApi") {
      const list = Array.isArray(params["jsApiList"])
        ? params["jsApiList"].map(String)
        : [];
      const checkResult = Object.fromEntries(
        list.map((api) => [api, offered(api)]),
      );
      return callback({
        err_msg: "checkJsApi:ok",
        checkResult: JSON.stringify(checkResult),
      });
    }
    if (name === "closeWindow") ui.toast("网页会在这里关闭（模拟）");
    if (free.includes(name)) {
      return callback({
        err_msg: `${name}:ok`,
        ...(name === "getContext" ? { entry } : {}),
      });
    }
    if (!allowed) {
      return callback({
        err_msg: `${name}:the permission value is offline verifying`,
      });
    }
    if (!allowed.has(name)) {
      return callback({ err_msg: `${name}:fail_nopermission` });
    }
    const { appId: _a, verifyAppId: _b, verifySignType: _c, ...rest } = params;
    const { verifyTimestamp, verifyNonceStr, verifySignature, ...input } = rest;
    if (verifySignature) {
      verify = {
        url: location.href.split("#")[0],
        timestamp: String(verifyTimestamp),
        nonceStr: String(verifyNonceStr),
        signature: String(verifySignature),
      };
    }
    const at = beside ? { in: beside } : {};
    const answer = await post(name, { verify, params: { ...input, ...at } });
    if (answer.hang) return; // as a client that never answers
    show(name, answer, input, callback);
  }

  const target = globalThis as unknown as Record<string, unknown>;
  if (kind !== "none" && !target["WeixinJSBridge"]) {
    target["WeixinJSBridge"] = {
      invoke: (name: string, params?: Params, callback?: Callback) => {
        void invoke(name, params ?? {}, callback ?? (() => {}));
      },
      on: () => {},
    };
    document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  }
  const names = {
    phone: "手机企业微信",
    desktop: "电脑企业微信",
    early: "企业微信 3.0.20",
    old: "旧版企业微信",
    none: "普通浏览器",
  };
  const start = async () => {
    const { name } = await post("whoami", {});
    screens.tab(`${name ?? "还没有选身份"} · ${names[kind]}`);
  };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => void start());
  } else void start();
}
