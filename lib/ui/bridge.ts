/**
 * The WeCom client behind six verbs. What the SDK does without saying (document
 * 96912, and seen): promises that never settle, rejections that are plain
 * objects or real Errors, success without a chatId (98429: only from 3.0.36 with
 * application identity), a failed registration as an unhandled rejection. The
 * unminified build is imported because it shakes to less than the minified one.
 */
// @ts-types="@wecom/jssdk"
import {
  navigateToAddCustomer,
  openEnterpriseChat,
  openExistedChatWithMsg,
  register,
  selectExternalContact,
  updateEnterpriseChat,
} from "@wecom/jssdk/dist/wecom.js";
import type { Prepared } from "../flows/schemas.ts";
import type { Api } from "./api.ts";
import type { PageSigning, Problem } from "./model.ts";
import { type ClientAnswer, refusal } from "./refusal.ts";
import { createSigning } from "./signing.ts";

export interface Bridge {
  /** Registers the page; `onProblem` hears of each failure, null of success. */
  start(): Promise<void>;
  createChat(prepared: Prepared): Promise<ClientAnswer<string | null>>;
  /** Opens a customer group; false: the client refused. */
  openChat(chatId: string): Promise<boolean>;
  /** Puts colleagues into a customer group. */
  addStaff(chatId: string, userIds: string[]): Promise<ClientAnswer<unknown>>;
  pickContact(): Promise<ClientAnswer<string[]>>;
  addCustomer(): Promise<ClientAnswer<unknown>>;
}

export type Client = "outside" | "old" | "phone" | "desktop";

/** External contacts can be put into a chat from 2.4.20 (document 98429). */
export function clientOf(userAgent: string): Client {
  const version = /wxwork\/(\d+)\.(\d+)\.?(\d*)/i.exec(userAgent);
  if (!version) return "outside";
  const [, major, minor, patch] = version;
  if (Number(major) * 1e4 + Number(minor) * 100 + Number(patch) < 20420) {
    return "old";
  }
  return /windowswechat/i.test(userAgent) || isMac(userAgent)
    ? "desktop"
    : "phone";
}

/** The Mac's client does not name itself (document 90315), its system does. */
function isMac(userAgent: string): boolean {
  return /macwechat|macintosh/i.test(userAgent) &&
    !/mobile|ipad/i.test(userAgent);
}

/** Colleagues are put into a group on phones and Windows, not on a Mac (93223). */
export function canInvite(userAgent: string): boolean {
  return !isMac(userAgent);
}

export function createBridge(
  api: Api,
  signing: PageSigning | null,
  onProblem: (problem: Problem | null) => void,
  /** Hears of what the client refused: nobody else sees it. */
  report: (api: string, errMsg: string) => void,
): Bridge {
  const { sign, app: appOf } = createSigning(api, signing);
  let app: Pick<PageSigning, "corpId" | "agentId"> | null = null;

  async function start(): Promise<Problem | null> {
    if (!app) {
      const answer = await appOf();
      if (!answer.ok) return answer.problem;
      app = answer.data;
    }
    const onFail = (reason: unknown) => onProblem(refused("register", reason));
    register({
      corpId: app.corpId,
      agentId: app.agentId,
      jsApiList: [
        "openEnterpriseChat",
        "openExistedChatWithMsg",
        "selectExternalContact",
        "navigateToAddCustomer",
        "updateEnterpriseChat",
      ],
      getConfigSignature: (url) => sign("config", url),
      getAgentConfigSignature: (url) => sign("agentConfig", url),
      onConfigFail: onFail,
      onAgentConfigFail: onFail,
      onAgentConfigSuccess: () => onProblem(null),
    });
    return null;
  }

  /** Our own endpoint's problem passes through; the rest is the client's. */
  function refused(name: string, reason: unknown): Problem | null {
    if ((reason as Problem)?.error) return reason as Problem;
    const problem = refusal(reason);
    if (problem) report(name, String(problem.details));
    return problem;
  }

  /** Each call of the SDK tries a failed registration again by itself. */
  async function ask<T>(
    name: string,
    call: () => Promise<T>,
  ): Promise<ClientAnswer<T>> {
    try {
      const problem = app ? null : await start();
      return problem
        ? { ok: false, problem }
        : { ok: true, data: await call() };
    } catch (reason) {
      return { ok: false, problem: refused(name, reason) };
    }
  }

  return {
    async start() {
      onProblem(await start());
    },
    async createChat({ groupName, userIds, externalUserIds }) {
      const answer = await ask(
        "openEnterpriseChat",
        () =>
          openEnterpriseChat({
            groupName,
            userIds,
            externalUserIds,
            chatId: "",
          }),
      );
      return answer.ok
        ? { ok: true, data: answer.data.chatId || null }
        : answer;
    },
    async openChat(chatId) {
      // The desktop client knows some chats only by the second call.
      const open = (call: () => Promise<unknown>) => ask("openChat", call);
      return (await open(() => openEnterpriseChat({ chatId }))).ok ||
        (await open(() => openExistedChatWithMsg({ chatId }))).ok;
    },
    addStaff: (chatId, userIdsToAdd) =>
      ask(
        "updateEnterpriseChat",
        () => updateEnterpriseChat({ chatId, userIdsToAdd }),
      ),
    async pickContact() {
      const answer = await ask(
        "selectExternalContact",
        () => selectExternalContact({ filterType: 0 }),
      );
      return answer.ok ? { ok: true, data: answer.data.userIds ?? [] } : answer;
    },
    addCustomer: () =>
      ask("navigateToAddCustomer", () => navigateToAddCustomer()),
  };
}
