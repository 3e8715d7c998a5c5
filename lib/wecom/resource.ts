/**
 * A value that WeCom issues for a while and that all processes share: the access token and both
 * tickets. They "must be cached" (91039, 90506), a ticket may be asked for 100 times an hour, and
 * repeated wrong secrets ban our address for an hour. Hence: one refresher at a time across processes
 * (a lease that ends by itself), refresh ahead of expiry, the old value as long as it is valid, growing
 * pauses after failures, and a generation that failed is dropped only if it is still the current one.
 */
import { z } from "zod";
import type { Log } from "../http/log.ts";
import type { CacheStore } from "../store/cache.ts";
import { apart } from "../store/deadline.ts";
import type { Issued } from "./endpoints/access.ts";
import { unavailable, WecomError } from "./error.ts";
import { guardCache } from "./guarded_cache.ts";
import { orAbort, type StartTimer, within } from "./time.ts";

/** Encryption at rest, at once or later. */
export interface Seal {
  /** `key`: the cache key it is stored under. */
  seal(text: string, key: string): string | Promise<string>;
  /** null for what this key cannot open, or was stored under another key. */
  open(sealed: string, key: string): string | null | Promise<string | null>;
}

export interface ResourceDeps {
  readonly now: () => number;
  readonly random: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly startTimer: StartTimer;
  readonly log: Log;
  readonly cache: CacheStore;
  readonly seal?: Seal;
}

export interface ResourceOptions {
  /** Cache key: names corp, app and kind, never a secret. */
  readonly key: string;
  /** For logs and errors. */
  readonly name: string;
  /** Asks WeCom for a new value. */
  readonly issue: (signal: AbortSignal) => Promise<Issued>;
  /** How long one refresher may take before another may start; at most 10,000 ms. */
  readonly leaseMs: number;
  /**
   * Whether another process issued a new one is looked up again after so long: for
   * a value whose refusal only the client sees. Never, unless told.
   */
  readonly recheckMs?: number;
}

/** One issue of the value. Its identity, not its text, is what `drop` compares. */
export interface Generation {
  readonly value: string;
  /** The entry as it is stored. */
  readonly entry: string;
  /** ms since epoch. */
  readonly refreshAt: number;
  readonly expiresAt: number;
}

export interface Resource {
  /** What `get` would answer without asking anybody; null if it would ask. */
  atHand(): Generation | null;
  /** Throws a {@linkcode WecomError}, or the signal's reason. */
  get(signal: AbortSignal): Promise<Generation>;
  /** WeCom refused this generation: forget it, unless a newer one has taken its place. */
  drop(generation: Generation): Promise<void>;
  /**
   * Issues a new one ahead of time; the old one stays where that fails. Throws as
   * `get` does.
   */
  renew(signal: AbortSignal): Promise<void>;
}

const Stored = z.object({ value: z.string(), refreshAt: z.number() });

const AHEAD_MS = 300_000;
const POLL_MS = 80;
/** While the old value is good, a failed refresh is not repeated sooner than this. */
const CALM_MS = 10_000;

export function createResource(
  deps: ResourceDeps,
  options: ResourceOptions,
): Resource {
  const { now, random, sleep, startTimer, log, seal } = deps;
  const { key, name, issue, leaseMs, recheckMs = Infinity } = options;
  const cache = guardCache(deps.cache, { log, startTimer });

  let current: Generation | null = null;
  let checkedAt = -Infinity;
  let dropped: string | null = null;
  let refreshing: Promise<Generation> | null = null;
  let failures = 0;
  let failed: { error: unknown; at: number; until: number } | null = null;

  /** What is known here and good; the cache is asked when ours is old. */
  async function known(): Promise<Generation | null> {
    const fresh = freshOne();
    if (fresh !== null) return fresh;
    checkedAt = now();
    const stored = await cache.get(key);
    if (
      stored !== null && stored.value !== dropped &&
      stored.value !== current?.entry
    ) {
      const generation = await unpack(stored.value, stored.expiresAt);
      if (
        generation !== null &&
        (current === null || generation.refreshAt > current.refreshAt)
      ) {
        current = generation;
        failures = 0;
        failed = null;
      }
    }
    return current !== null && current.expiresAt > now() ? current : null;
  }

  /** Good for a while, and looked up lately. */
  function freshOne(): Generation | null {
    const isDue = Math.abs(now() - checkedAt) > recheckMs;
    return current !== null && current.refreshAt > now() && !isDue
      ? current
      : null;
  }

  async function unpack(
    entry: string,
    expiresAt: number,
  ): Promise<Generation | null> {
    try {
      const { value: sealed, refreshAt } = Stored.parse(JSON.parse(entry));
      const value = seal ? await seal.open(sealed, key) : sealed;
      return value === null ? null : { value, entry, refreshAt, expiresAt };
    } catch {
      // Without the error: a parser's message quotes the text, which may be the value.
      log("warn", "wecom.resource.unreadable", { resource: name });
      return null;
    }
  }

  /** Asks WeCom and stores the answer. Only the holder of the lease comes here. */
  async function renew(): Promise<Generation> {
    const started = now();
    const late = () => unavailable(name, "timeout", { note: "refresh" });
    const issued = await within(
      leaseMs - 500,
      late,
      undefined,
      startTimer,
      issue,
    );
    const expiresAt = started + issued.expiresInMs;
    const refreshAt = expiresAt - Math.min(AHEAD_MS, issued.expiresInMs / 10);
    const sealed = seal ? await seal.seal(issued.value, key) : issued.value;
    // WeCom may issue the same text again: the number tells the generations apart.
    const entry = JSON.stringify({
      value: sealed,
      refreshAt,
      generation: random(),
    });
    const fresh = { value: issued.value, entry, refreshAt, expiresAt };
    current = fresh;
    checkedAt = started;
    // Meanwhile others use it, and one whom WeCom refuses drops it.
    await cache.set(key, entry, expiresAt);
    log("info", "wecom.resource.refreshed", {
      resource: name,
      ms: now() - started,
    });
    return fresh;
  }

  /** Renews, or waits until the process that holds the lease has. */
  async function renewOnce(old: Generation | null): Promise<Generation> {
    for (let waited = 0;;) {
      const lease = await cache.acquire(key, leaseMs);
      // A lease that ran out would have come to us; beyond that the store is not to be believed.
      if (lease !== null || waited > leaseMs + 1_000) {
        try {
          const fresh = await known();
          if (fresh !== null && fresh !== old) return fresh;
          return await renew();
        } finally {
          await lease?.release();
        }
      }
      if (old !== null) return old;
      const pause = POLL_MS * (0.5 + random());
      await sleep(pause);
      waited += pause;
      const fresh = await known();
      if (fresh !== null) return fresh;
    }
  }

  async function refresh(old: Generation | null): Promise<Generation> {
    try {
      const generation = await renewOnce(old);
      failures = 0;
      failed = null;
      return generation;
    } catch (error) {
      failures++;
      const pause = Math.max(
        pauseAfter(failures, error),
        old === null ? 0 : CALM_MS,
      );
      failed = { error, at: now(), until: now() + pause };
      log("warn", "wecom.resource.failed", {
        resource: name,
        failures,
        pause,
        error,
      });
      if (old !== null && old.expiresAt > now()) return old;
      throw error;
    } finally {
      refreshing = null;
    }
  }

  async function get(signal: AbortSignal): Promise<Generation> {
    signal.throwIfAborted();
    const old = await orAbort(known(), signal);
    if (old !== null && old.refreshAt > now()) return old;
    // Nobody waits for a refresh ahead of time but the call that starts it.
    if (old !== null && (refreshing !== null || held() !== null)) return old;
    if (refreshing === null) {
      const pausing = held();
      if (pausing !== null) throw pausing.error;
      // Others wait for it, too.
      refreshing = apart(() => refresh(old));
    }
    return await orAbort(refreshing, signal);
  }

  return {
    atHand() {
      const fresh = freshOne();
      return fresh?.entry === dropped ? null : fresh;
    },

    async get(signal) {
      const generation = await get(signal);
      // Refused while the refresh that brought it was not over yet.
      return generation.entry === dropped ? await get(signal) : generation;
    },

    async drop(generation) {
      if (current?.entry === generation.entry) current = null;
      dropped = generation.entry;
      await cache.deleteIf(key, generation.entry);
    },

    async renew(signal) {
      const old = await orAbort(known(), signal);
      refreshing ??= apart(() => refresh(old));
      await orAbort(refreshing, signal);
    },
  };

  /** null as well when the clock was set back since: nobody waits for hours. */
  function held() {
    const isHeld = failed && failed.at <= now() && now() < failed.until;
    return isHeld ? failed : null;
  }
}

/**
 * 0, 1, 3, 7 … seconds after consecutive failures, up to a limit that depends on what a repetition
 * would cost: wrong credentials ban the address, an outage should be noticed as over soon.
 */
function pauseAfter(failures: number, error: unknown): number {
  const name = error instanceof WecomError ? error.errorName : null;
  const limit = name === "WECOM_CREDENTIALS_INVALID"
    ? 600
    : name === "RATE_LIMITED"
    ? 60
    : name === "WECOM_IP_NOT_TRUSTED"
    ? 30
    : 5;
  return Math.min(2 ** Math.min(failures - 1, 10) - 1, limit) * 1000;
}
