/**
 * Asks the WeCom client itself, in which this page is open: whether it takes both
 * signatures (90506), and what it may be asked for. The client's own words are shown
 * as they come: they are what an admin looks up (90509).
 */
// @ts-types="@wecom/jssdk"
import {
  checkJsApi,
  ensureAgentConfigReady,
  ensureConfigReady,
  getContext,
  register,
} from "@wecom/jssdk/dist/wecom.js";
import type { Api } from "./api.ts";
import { createSigning } from "./signing.ts";

export interface ClientLine {
  name: string;
  /** What the client answered, as text. */
  said: string;
}

const APIS = [
  "openEnterpriseChat",
  "openExistedChatWithMsg",
  "selectExternalContact",
  "navigateToAddCustomer",
  "updateEnterpriseChat",
  "getCurExternalContact",
  "getCurExternalChat",
  "sendChatMessage",
] as const;
const PATIENCE_MS = 6_000;

/** One line after the other, each as soon as it is there. */
export async function* askClient(
  api: Pick<Api, "signature">,
  userAgent: string,
): AsyncGenerator<ClientLine> {
  yield { name: "client", said: /wxwork\/[\d.]+/i.exec(userAgent)?.[0] ?? "-" };
  const { sign, app: appOf } = createSigning(api, null);
  const app = await appOf();
  if (!app.ok) return yield { name: "signature", said: app.problem.msg };
  const { corpId, agentId } = app.data;
  yield { name: "signature", said: `${corpId} ${agentId}` };
  register({
    corpId,
    agentId,
    jsApiList: [...APIS],
    getConfigSignature: (url) => sign("config", url),
    getAgentConfigSignature: (url) => sign("agentConfig", url),
  });
  yield* line("config", () => ensureConfigReady());
  yield* line("agentConfig", () => ensureAgentConfigReady());
  yield* line("checkJsApi", () => checkJsApi({ jsApiList: [...APIS] }));
  yield* line("getContext", () => getContext());
}

async function* line(
  name: string,
  ask: () => Promise<unknown>,
): AsyncGenerator<ClientLine> {
  const late = new Promise((wake) =>
    setTimeout(() => wake(`no answer in ${PATIENCE_MS} ms`), PATIENCE_MS)
  );
  const said = await Promise.race([
    Promise.resolve().then(ask).catch((reason) => reason),
    late,
  ]);
  yield { name, said: textOf(said) };
}

function textOf(said: unknown): string {
  if (said instanceof Error) return said.message;
  return typeof said === "string" ? said : JSON.stringify(said) ?? "-";
}
