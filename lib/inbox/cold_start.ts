/**
 * A push may reach a process that has only begun, while the database is away: its
 * parts cannot be made, and nothing can be stored. WeCom sends it again only when
 * it times out (see hold.ts), so it is tried and kept open like any other; all
 * other requests are told at once.
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
  /** Makes the parts, or answers those that there are. */
  make: () => Promise<T>;
  config: () => Config;
  now: () => number;
  sleep: Sleep;
  /** The process is told to end. */
  stopped: AbortSignal;
}

/** Makes the parts for a request. Throws what kept them from being made. */
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

/** Is it WeCom's? What is forged or malformed waits for nothing. */
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
