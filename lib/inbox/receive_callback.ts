/**
 * The two requests that WeCom makes (90930). The check is answered with the
 * plain `echostr` and nothing else, within 1 s, so it touches no database. A
 * push is answered once it is stored: 200 with an empty body. If it could not
 * be stored, it times out (see hold.ts), so that WeCom sends it again. A forged
 * or malformed one is refused immediately. Old timestamps are accepted: a proxy
 * may have held the push back, and clocks differ; a push that somebody repeats
 * has a known dedupe key.
 */
import { AppError } from "../http/errors.ts";
import { readText } from "../http/body.ts";
import type { Log } from "../http/log.ts";
import {
  type CallbackCrypto,
  CallbackRejected,
  type Envelope,
} from "../wecom/callback/crypto.ts";
import {
  checkEnvelope,
  pushEnvelope,
  readFields,
} from "../wecom/callback/envelope.ts";
import { type CallbackEvent, readEvent } from "../wecom/callback/event.ts";
import { type Fields, MalformedCallback } from "../wecom/callback/xml.ts";
import type { Inbox } from "./mod.ts";

export interface ReceiveDeps {
  crypto: CallbackCrypto;
  inbox: Inbox;
  now: () => number;
  log: Log;
}

/** Throws FORBIDDEN and VALIDATION_FAILED. */
export function answerCheck(
  deps: Pick<ReceiveDeps, "crypto" | "log">,
  url: URL,
): Response {
  const plain = guarded(
    deps,
    () => deps.crypto.open(checkEnvelope(url.searchParams)),
  );
  return new Response(plain, {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

/** Throws FORBIDDEN, VALIDATION_FAILED, and DATABASE_UNAVAILABLE when it was not stored. */
export async function receivePush(
  deps: ReceiveDeps,
  request: Request,
): Promise<Response> {
  const { crypto, inbox, now, log } = deps;
  const arrivedAt = now();
  const query = new URL(request.url).searchParams;
  const body = await readText(request);
  const { fields, event } = guarded(deps, () => {
    const envelope: Envelope = pushEnvelope(query, body);
    const fields = readFields(crypto.open(envelope));
    return { fields, event: readEvent(fields, arrivedAt) };
  });
  if (event === null) {
    log("debug", "callback.not_ours", { event: fields.Event ?? null });
    return new Response(null);
  }
  const fresh = await stored(deps, fields, event, arrivedAt);
  log("debug", "callback.stored", { kind: event.kind, fresh });
  if (fresh) inbox.kick({ urgent: true });
  return new Response(null);
}

async function stored(
  { inbox, log }: ReceiveDeps,
  fields: Fields,
  event: CallbackEvent,
  arrivedAt: number,
): Promise<boolean> {
  try {
    return await inbox.store(fields, event, arrivedAt);
  } catch (cause) {
    log("error", "callback.not_stored", { kind: event.kind, error: cause });
    await inbox.hold(arrivedAt);
    throw new AppError("DATABASE_UNAVAILABLE", { cause });
  }
}

/** Says that a request is forged or malformed, never what was in it. */
function guarded<T>({ log }: Pick<ReceiveDeps, "log">, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CallbackRejected) {
      log("warn", "callback.rejected", { reason: cause.reason });
      throw new AppError("FORBIDDEN", {
        msg: "回调没有通过校验，不是企业微信发给本应用的",
        cause,
      });
    }
    if (cause instanceof MalformedCallback) {
      log("warn", "callback.malformed", { reason: cause.message });
      throw new AppError("VALIDATION_FAILED", { msg: "回调的内容有误", cause });
    }
    throw cause;
  }
}
