/**
 * KV when it works, memory when it does not: a file that is locked for good,
 * broken or not writable, a platform without KV, or one whose KV fails later costs
 * calls to WeCom and not the product. It is said once, told by `health`, and KV is
 * tried again each minute.
 */
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import type { CacheStore, Lease } from "./cache.ts";
import { createMemoryCache } from "./cache_memory.ts";

/** Where entries are now; `since` tells how long memory stands in. */
export type CacheHealth =
  | { store: "kv" | "postgres" }
  | { store: "memory"; since: Date };

interface Opened {
  cache: CacheStore;
  close(): void;
}

export interface FallbackDeps {
  /** Opens KV anew. */
  open(): Promise<Opened>;
  /** ms since epoch. */
  now(): number;
  log: Log;
  /** For an opening or an answer of KV; 3 s unless told. */
  patienceMs?: number;
}

export interface FallbackCache {
  cache: CacheStore;
  health(): CacheHealth;
  close(): Promise<void>;
}

const AGAIN_MS = 60_000;
/** A file that another process holds locked is waited for without an end. */
const PATIENCE_MS = 3_000;

export async function createFallbackCache(
  { open, now, log, patienceMs = PATIENCE_MS }: FallbackDeps,
): Promise<FallbackCache> {
  const memory = createMemoryCache({ now });
  let kv: Opened | null = null;
  let failure: { since: number; tryAgainAt: number } | null = null;
  let opening: Promise<void> | null = null;
  let closed = false;

  function fail(error: unknown): void {
    if (!failure) log("warn", "kv.unavailable", { error });
    failure = {
      since: failure?.since ?? now(),
      tryAgainAt: now() + AGAIN_MS,
    };
    kv?.close();
    kv = null;
  }

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const done = await briefly(work, patienceMs);
    if (done !== "late") return done;
    throw new Error(`KV does not answer in ${patienceMs} ms: is it locked?`);
  }

  /** A broken file opens, and fails only when it is read. */
  async function openAndRead(): Promise<Opened> {
    const opened = await open();
    try {
      await opened.cache.get("opened");
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  }

  async function reopen(): Promise<void> {
    const trying = openAndRead();
    let wanted = true;
    // Whoever comes later than that is not waited for any more.
    trying.then((late) => wanted || late.close(), () => {});
    try {
      const opened = await inTime(trying);
      if (closed) return opened.close();
      if (failure) log("info", "kv.available", {});
      failure = null;
      kv = opened;
    } catch (error) {
      wanted = false;
      fail(error);
    }
  }

  /** Asks KV, and memory when KV fails; nobody waits for KV to come back. */
  async function ask<T>(
    question: (cache: CacheStore) => Promise<T>,
  ): Promise<T> {
    if (!kv && !closed && failure && now() >= failure.tryAgainAt) {
      opening ??= reopen().finally(() => opening = null);
    }
    const asked = kv;
    if (!asked) return await question(memory);
    try {
      return await inTime(question(asked.cache));
    } catch (error) {
      if (isCallersOwn(error)) throw error;
      if (kv === asked && !closed) fail(error);
      return await question(memory);
    }
  }

  await reopen();
  return {
    cache: {
      get: (key) => ask((cache) => cache.get(key)),
      set: (key, value, until) => ask((cache) => cache.set(key, value, until)),
      swap: (key, seen, value, until) =>
        ask((cache) => cache.swap(key, seen, value, until)),
      deleteIf: (key, value) => ask((cache) => cache.deleteIf(key, value)),
      hit: (key, windowMs) => ask((cache) => cache.hit(key, windowMs)),
      async acquire(key, ttlMs): Promise<Lease | null> {
        const lease = await ask((cache) => cache.acquire(key, ttlMs));
        const from = kv;
        // One that cannot be given back runs out.
        return lease && {
          release: () =>
            lease.release().catch((error) => {
              if (from && kv === from && !closed) fail(error);
            }),
        };
      },
    },
    health: () =>
      failure
        ? { store: "memory", since: new Date(failure.since) }
        : { store: "kv" },
    async close() {
      closed = true;
      await opening;
      kv?.close();
    },
  };
}

/** Too long a key or value; KV's own failures are TypeErrors as well. */
function isCallersOwn(error: unknown): boolean {
  return error instanceof TypeError && /too large/i.test(error.message);
}
