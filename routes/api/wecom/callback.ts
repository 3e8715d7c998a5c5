/** GET /api/wecom/callback: WeCom's check of the URL. POST: its events. */
import { AppError } from "../../../lib/http/errors.ts";
import { methods } from "../../../lib/http/methods.ts";
import {
  answerCheck,
  receivePush,
} from "../../../lib/inbox/receive_callback.ts";
import type { State } from "../../../lib/http/state.ts";
import { createCallbackCrypto } from "../../../lib/wecom/callback/crypto.ts";

export const handler = methods({
  GET: ({ url, state }) => answerCheck(receiving(state.services), url),
  POST: ({ req, state }) => receivePush(receiving(state.services), req),
});

/** Throws NOT_FOUND while the callback is not configured. */
function receiving({ config, inbox, now, log }: State["services"]) {
  const { callback, corpId } = config.wecom;
  if (!callback) throw new AppError("NOT_FOUND");
  const crypto = createCallbackCrypto({ ...callback, receiveId: corpId });
  return { crypto, inbox, now, log };
}
