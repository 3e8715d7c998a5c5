/**
 * Pushes what happens in the world to a callback address, as WeCom does: sealed,
 * three tries in all, each for 5 s. When it tries again is told differently by
 * two pages, so both senders can be played. What goes wrong in reality can be
 * made to: events that come twice, late or never.
 */
import { Secret } from "../config/secret.ts";
import type { Log } from "../http/log.ts";
import { createCallbackCrypto } from "../wecom/callback/crypto.ts";
import { eventXml } from "./events.ts";
import type { Sandbox } from "./mod.ts";
import type { WorldEvent } from "./types.ts";

const TRIES = 3;
const PATIENCE_MS = 5_000;

/**
 * `timeouts`: sends again only when the connection broke or nobody answered in
 * time (90930); `non200`: whenever the answer is not 200 (90238).
 */
export type RetryRule = "timeouts" | "non200";

/** An event that is late lets up to so many others go first. */
const LATEST = 8;

export interface CallbackOptions {
  sandbox: Sandbox;
  /** The callback address, such as `https://…/api/wecom/callback`. */
  url: string;
  fetch: typeof fetch;
  now(): number;
  /** Seed it to have the same mishaps again. */
  random(): number;
  log: Log;
  /** Asked for each event; `timeouts`, the newer page, unless told. */
  retry?: () => RetryRule;
  /** How long the sender waits for an answer, in ms; 5 s unless told. */
  patienceMs?: number;
  /** Form of the envelope; XML unless told. */
  format?: "xml" | "json";
  /** Requests at the same time; 4 unless told. */
  atOnce?: number;
  /** Shares (0–1) of events that come twice, behind later ones, or never. */
  twice?: number;
  late?: number;
  lost?: number;
}

export interface CallbackFeed {
  /** Deliveries so far: what they were answered, and what was never sent. */
  readonly counts: { accepted: number; failed: number; lost: number };
  /** Sends what is held back, and waits until nothing is on its way. */
  flush(): Promise<void>;
  /** Hears no more of the world, and flushes. */
  stop(): Promise<void>;
}

export function pushCallbacks(options: CallbackOptions): CallbackFeed {
  const { sandbox, random, log, atOnce = 4 } = options;
  const { twice = 0, late = 0, lost = 0 } = options;
  const { retry = () => "timeouts", patienceMs = PATIENCE_MS } = options;
  const counts = { accepted: 0, failed: 0, lost: 0 };
  const waiting: string[] = [];
  let held: { message: string; after: number }[] = [];
  const sending = new Set<Promise<void>>();
  const seal = sealer(options);

  function enqueue(event: WorldEvent): void {
    const message = eventXml(event, sandbox.corpId, sandbox.agentId);
    for (const one of held) one.after -= 1;
    if (random() < lost) counts.lost += 1;
    else if (random() < late) {
      held.push({ message, after: 1 + Math.floor(random() * LATEST) });
    } else waiting.push(message);
    if (random() < twice) {
      held.push({ message, after: Math.floor(random() * LATEST) });
    }
    release((one) => one.after <= 0);
  }

  function release(ripe: (one: { after: number }) => boolean): void {
    waiting.push(...held.filter(ripe).map((one) => one.message));
    held = held.filter((one) => !ripe(one));
    pump();
  }

  function pump(): void {
    while (sending.size < atOnce) {
      const message = waiting.shift();
      if (message === undefined) return;
      const work = deliver(message).finally(() => {
        sending.delete(work);
        pump();
      });
      sending.add(work);
    }
  }

  async function deliver(message: string): Promise<void> {
    const rule = retry();
    for (let turn = 0; turn < TRIES; turn++) {
      const status = await attempt(message);
      if (status === 200) {
        counts.accepted += 1;
        return;
      }
      // Whoever answered has the event, whatever the answer was.
      if (status !== null && rule === "timeouts") break;
    }
    counts.failed += 1;
  }

  /** null: the connection broke, or nobody answered in time. */
  async function attempt(message: string): Promise<number | null> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patienceMs);
    try {
      const { url, init } = seal(message);
      const response = await options.fetch(url, {
        ...init,
        signal: late.signal,
      });
      await response.body?.cancel();
      return late.signal.aborted ? null : response.status;
    } catch (error) {
      log("debug", "sandbox_callback_failed", { error: String(error) });
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  async function flush(): Promise<void> {
    release(() => true);
    while (sending.size > 0) await Promise.all(sending);
  }

  const unhear = sandbox.world.on(enqueue);
  return {
    counts,
    flush,
    async stop() {
      unhear();
      await flush();
    },
  };
}

/** A sealed message as the request that WeCom would make of it. */
export function sealer(
  { sandbox, url, now, random, format = "xml" }: Pick<
    CallbackOptions,
    "sandbox" | "url" | "now" | "random" | "format"
  >,
): (message: string) => { url: string; init: RequestInit } {
  const crypto = createCallbackCrypto({
    token: new Secret(sandbox.callbackToken),
    aesKey: new Secret(sandbox.callbackAesKey),
    receiveId: sandbox.corpId,
  });
  return (message) => {
    const { signature, timestamp, nonce, encrypt } = crypto.seal(message, {
      timestamp: String(Math.floor(now() / 1000)),
      nonce: String(Math.floor(random() * 1e10)),
      random: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)),
    });
    const query = new URLSearchParams({
      msg_signature: signature,
      timestamp,
      nonce,
    });
    const xml = `<xml><ToUserName><![CDATA[${sandbox.corpId}]]></ToUserName>` +
      `<AgentID><![CDATA[${sandbox.agentId}]]></AgentID>` +
      `<Encrypt><![CDATA[${encrypt}]]></Encrypt></xml>`;
    const body = format === "xml" ? xml : JSON.stringify({
      tousername: sandbox.corpId,
      encrypt,
      agentid: sandbox.agentId,
    });
    const headers = {
      "content-type": format === "xml" ? "text/xml" : "application/json",
    };
    return {
      url: `${url}?${query}`,
      init: { method: "POST", headers, body },
    };
  };
}
