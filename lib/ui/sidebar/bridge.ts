/**
 * The WeCom client as the sidebar needs it: which chat is this (getContext 94315,
 * getCurExternalContact 100746, getCurExternalChat 100747), and say something in
 * it (sendChatMessage 100749). All want the app's identity.
 */
// @ts-types="@wecom/jssdk"
import {
  getContext,
  getCurExternalChat,
  getCurExternalContact,
  register,
  sendChatMessage,
} from "@wecom/jssdk/dist/wecom.js";
import type { Api } from "../api.ts";
import type { PageSigning, Problem } from "../model.ts";
import { type ClientAnswer, refusal } from "../refusal.ts";
import { createSigning } from "../signing.ts";
import type { Place } from "./step.ts";

export interface Bridge {
  place(): Promise<ClientAnswer<Place>>;
  /** Into the chat that the page stands beside; a phone then shows the chat. */
  send(text: string): Promise<ClientAnswer<unknown>>;
}

/** Milliseconds: a promise of the SDK may never settle. */
const PATIENCE = 12_000;

export function createBridge(
  api: Pick<Api, "signature">,
  signing: PageSigning | null,
  sleep: (ms: number) => Promise<void>,
): Bridge {
  const { sign, app: appOf } = createSigning(api, signing);
  let registered = false;

  async function start(): Promise<void> {
    const answer = await appOf();
    if (!answer.ok) throw answer.problem;
    const app = answer.data;
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

/** Our own server's problems pass through; the rest is the client's. */
export function problemOf(reason: unknown): Problem | null {
  return (reason as Problem)?.error
    ? reason as Problem
    : refusal(reason, "客户联系");
}
