/**
 * A push may reach a process that has just started while the database is away:
 * the services cannot be made, and nothing can be stored. WeCom sends a push
 * again only after a time-out (see hold.ts). So the push is tried again, and
 * then kept open, as in a process that has been running; all other requests get
 * their error immediately.
 */
import type { Config } from "../config/mod.ts";
import { readText } from "../http/body.ts";
import { isOutage } from "../store/database.ts";
import { createCallbackCrypto } from "../wecom/callback/crypto.ts";
import { pushEnvelope } from "../wecom/callback/envelope.ts";
import { createSeats, holdUntilGivenUp } from "./hold.ts";
import { STORE_MS } from "./store_events.ts";
import { pause, type Sleep } from "./within.ts";

const CALLBACK = "/api/wecom/callback";
/** Between two tries. */
const PAUSE_MS = 500;

export interface ColdStartDeps<T> {
  /** Makes the services, or answers those that exist already. */
  make: () => Promise<T>;
  config: () => Config;
  now: () => number;
  sleep: Sleep;
  /** The process is told to end. */
  stopped: AbortSignal;
}

/** Makes the services for a request. Throws the error that prevented it. */
export function createColdStart<T>(
  { make, config, now, sleep, stopped }: ColdStartDeps<T>,
): (request: Request) => Promise<T> {
  const seats = createSeats(stopped);

  async function insist(arrivedAt: number, first: unknown): Promise<T> {
    let error = first;
    while (now() - arrivedAt < STORE_MS && !stopped.aborted) {
      await pause(sleep, PAUSE_MS, stopped);
      try {
        return await make();
      } catch (cause) {
        error = cause;
      }
    }
    throw error;
  }

  return async (request) => {
    const arrivedAt = now();
    try {
      return await make();
    } catch (error) {
      const held = isOutage(error) && await isPush(request, config()) &&
        seats.take();
      if (!held) throw error;
      try {
        return await insist(arrivedAt, error);
      } catch (error) {
        await holdUntilGivenUp({ seats, now, sleep }, arrivedAt);
        throw error;
      } finally {
        seats.leave();
      }
    }
  };
}

/** Is it a genuine push? A forged or malformed one is not waited for. */
async function isPush(
  request: Request,
  { wecom: { callback, corpId } }: Config,
): Promise<boolean> {
  const { pathname, searchParams } = new URL(request.url);
  if (request.method !== "POST" || pathname !== CALLBACK || !callback) {
    return false;
  }
  try {
    const body = await readText(request.clone());
    createCallbackCrypto({ ...callback, receiveId: corpId })
      .open(pushEnvelope(searchParams, body));
    return true;
  } catch {
    return false;
  }
}
