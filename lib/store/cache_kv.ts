/**
 * The cache over Deno KV: the platform's on Deno Deploy, a local SQLite file elsewhere. KV deletes an
 * expired entry "not before" its time, so expiry is read from the value. As soon as several processes
 * write to one local file, KV throws `database is locked`; such a call is tried again, with jitter, for
 * about two seconds, and its last error is passed on then. Limits: keys 2 KB, values 64 KB.
 */
import type { CacheStore, Lease } from "./cache.ts";

export interface KvCacheDeps {
  readonly kv: Deno.Kv;
  /** ms since epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  sleep(ms: number): Promise<void>;
}

interface Entry {
  readonly value: string;
  /** ms since epoch. */
  readonly expiresAt: number;
}

const PATIENCE_MS = 2_000;

export function createKvCache(deps: KvCacheDeps): CacheStore {
  const { kv, now, random, sleep } = deps;

  /** Runs until it answers something but null; a lost race and a locked file both try again. */
  async function persist<T>(attempt: () => Promise<T | null>): Promise<T> {
    let waited = 0;
    for (let round = 0;; round++) {
      const pause = (5 + 10 * Math.min(round, 12)) * (0.5 + random());
      try {
        const result = await attempt();
        if (result !== null) return result;
        if (waited >= PATIENCE_MS) {
          throw new Error("KV entry changed under every attempt");
        }
      } catch (error) {
        if (!isLocked(error) || waited >= PATIENCE_MS) throw error;
      }
      waited += pause;
      await sleep(pause);
    }
  }

  async function read(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<Entry>> {
    return await kv.get<Entry>(key);
  }

  /** Writes if the entry is still the one that was read; null when it is not. */
  async function replace(
    seen: Deno.KvEntryMaybe<Entry>,
    next: Entry,
  ): Promise<true | null> {
    const done = await kv.atomic().check(seen).set(seen.key, next, hint(next))
      .commit();
    return done.ok ? true : null;
  }

  /** KV may keep the entry longer than this, never shorter. */
  function hint(entry: Entry): { expireIn: number } {
    return { expireIn: Math.max(1, Math.ceil(entry.expiresAt - now())) };
  }

  async function remove(key: Deno.KvKey, value: string): Promise<boolean> {
    return await persist(async () => {
      const seen = await read(key);
      if (seen.value === null || seen.value.value !== value) return false;
      const done = await kv.atomic().check(seen).delete(key).commit();
      return done.ok ? true : null;
    });
  }

  return {
    async get(key) {
      const { value: entry } = await persist(() =>
        read(["cache", "value", key])
      );
      return entry !== null && entry.expiresAt > now() ? entry : null;
    },

    async set(key, value, expiresAt) {
      const entry = { value, expiresAt };
      await persist(() => kv.set(["cache", "value", key], entry, hint(entry)));
    },

    async swap(key, seen, value, expiresAt) {
      return await persist(async () => {
        const entry = await read(["cache", "value", key]);
        const isLive = entry.value !== null && entry.value.expiresAt > now();
        if ((isLive ? entry.value?.value : null) !== seen) return false;
        return await replace(entry, { value, expiresAt });
      });
    },

    deleteIf: (key, value) => remove(["cache", "value", key], value),

    async acquire(key, ttlMs): Promise<Lease | null> {
      const place = ["cache", "lease", key];
      const holder = crypto.randomUUID();
      const held = await persist(async () => {
        const seen = await read(place);
        if (seen.value?.value === holder) return true;
        if (seen.value !== null && seen.value.expiresAt > now()) return false;
        // Losing this race means that another holder has just come.
        return await replace(seen, {
          value: holder,
          expiresAt: now() + ttlMs,
        }) ??
          false;
      });
      return held
        ? { release: async () => void await remove(place, holder) }
        : null;
    },

    async hit(key, windowMs) {
      const place = ["cache", "window", key];
      return await persist(async () => {
        const seen = await read(place);
        const open = seen.value !== null && seen.value.expiresAt > now()
          ? seen.value
          : null;
        const count = Number(open?.value ?? 0) + 1;
        const resetAt = open?.expiresAt ?? now() + windowMs;
        const done = await replace(seen, {
          value: String(count),
          expiresAt: resetAt,
        });
        return done && { count, resetAt };
      });
    },
  };
}

/** Several processes use the file at the same time; it passes. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error &&
    /database (table )?is (locked|busy)/i.test(error.message);
}
