/**
 * The WeCom client as the sidebar needs it: which chat is this (getContext 94315,
 * getCurExternalContact 100746, getCurExternalChat 100747), and say something in
 * it (sendChatMessage 100749). All want the app's identity. The minified build is
 * imported, so that nothing is shared with the scripts of the order's page, which
 * imports the other one.
 */
// @ts-types="@wecom/jssdk"
import {
  getContext,
  getCurExternalChat,
  getCurExternalContact,
  register,
  sendChatMessage,
} from "@wecom/jssdk/dist/wecom.prod.js";
import type { PageSigning, Problem } from "../model.ts";
import type { Server } from "./server.ts";
import type { Place } from "./step.ts";

export type ClientAnswer<T> =
  | { ok: true; data: T }
  /** `problem` is null when the person cancelled. */
  | { ok: false; problem: Problem | null };

export interface Bridge {
  place(): Promise<ClientAnswer<Place>>;
  /** Into the chat that the page stands beside; a phone then shows the chat. */
  send(text: string): Promise<ClientAnswer<unknown>>;
}

/** Milliseconds: a promise of the SDK may never settle. */
const PATIENCE = 12_000;

export function createBridge(
  server: Server,
  signing: PageSigning | null,
  sleep: (ms: number) => Promise<void>,
): Bridge {
  let embedded = signing;
  let registered = false;

  /** The signature made with the page the first time, a fresh one afterwards. */
  async function sign(kind: "config" | "agentConfig", url: string) {
    if (embedded?.url === url) {
      const signature = embedded[kind];
      if (kind === "agentConfig") embedded = null;
      return signature;
    }
    const answer = await server.signature(url);
    if (!answer.ok) throw answer.problem;
    return answer.data[kind];
  }

  async function start(): Promise<void> {
    let app: { corpId: string; agentId: string } | null = embedded;
    if (!app) {
      const url = location.href.split("#")[0] ?? "";
      const answer = await server.signature(url);
      if (!answer.ok) throw answer.problem;
      app = answer.data;
    }
    registered = true;
    register({
      corpId: app.corpId,
      agentId: app.agentId,
      jsApiList: [
        "getContext",
        "getCurExternalContact",
        "getCurExternalChat",
        "sendChatMessage",
      ],
      getConfigSignature: (url) => sign("config", url),
      getAgentConfigSignature: (url) => sign("agentConfig", url),
    });
  }

  /** Each call of the SDK tries a failed registration again by itself. */
  async function ask<T>(call: () => Promise<T>): Promise<ClientAnswer<T>> {
    try {
      if (!registered) await start();
      const late = sleep(PATIENCE).then(() => {
        throw SILENT;
      });
      return { ok: true, data: await Promise.race([call(), late]) };
    } catch (reason) {
      return { ok: false, problem: problemOf(reason) };
    }
  }

  return {
    place: () =>
      ask(async (): Promise<Place> => {
        const { entry } = await getContext();
        switch (String(entry)) {
          case "single_chat_tools":
          case "contact_profile": {
            const { userId } = await getCurExternalContact();
            return { kind: "customer", externalUserId: userId };
          }
          case "group_chat_tools": {
            const { chatId } = await getCurExternalChat();
            return { kind: "group", chatId };
          }
          default:
            return { kind: "elsewhere" };
        }
      }),
    send: (content) =>
      ask(() =>
        sendChatMessage({ msgtype: "text", text: { content }, enterChat: true })
      ),
  };
}

const SILENT: Problem = {
  error: "CLIENT_NOT_READY",
  msg: "企业微信没有回答，请重试",
};

/**
 * A rejection in words: the SDK's are plain objects or its own Errors, spelled
 * with blanks or underscores; our own server's pass through.
 */
export function problemOf(reason: unknown): Problem | null {
  const { error, errMsg, message } = (reason ?? {}) as {
    error?: string;
    errMsg?: string;
    message?: string;
  };
  if (error) return reason as Problem;
  const text = String(errMsg ?? message ?? reason);
  const plain = text.toLowerCase().replace(/[\s_]/g, "");
  const details = text.slice(0, 200);
  if (/:(fail)?cancel$/.test(plain)) return null;
  if (plain.includes("functionnotexist")) {
    return { error: "CLIENT_TOO_OLD", msg: "企业微信版本太低，请升级后再试" };
  }
  if (
    /^(agentconfig|config|preverifyjsapi|sdkerror)|offlineverifying/.test(plain)
  ) {
    return {
      error: "CLIENT_NOT_READY",
      msg: "企业微信没有认可这个页面，请重试或联系管理员",
      details,
    };
  }
  if (/permission|denied/.test(plain)) {
    return {
      error: "NO_CUSTOMER_CONTACT_PERMISSION",
      msg: "您或应用没有客户联系权限，请联系管理员",
      details,
    };
  }
  return { error: "CLIENT_REFUSED", msg: "企业微信没有完成，请重试", details };
}

/** A rejection of the SDK that nobody awaited: a plain object, or its own Error. */
export function isClientFailure(reason: unknown): boolean {
  return !(reason instanceof Error) || /^SDK/.test(reason.message);
}
