/**
 * The cache in this process's memory, for as long as KV cannot be used: what is in
 * it is neither shared nor kept. So other processes fetch their own tokens, and a
 * restart begins anew; that costs calls and nothing else.
 */
import type { CacheStore, Lease } from "./cache.ts";

interface Entry {
  readonly value: string;
  /** ms since epoch. */
  readonly expiresAt: number;
}

/** Beyond it the oldest go: rate windows and OAuth states come from outside. */
const MOST_ENTRIES = 10_000;

export function createMemoryCache(deps: { now(): number }): CacheStore {
  const { now } = deps;
  const entries = new Map<string, Entry>();

  function live(place: string): Entry | null {
    const entry = entries.get(place);
    return entry && entry.expiresAt > now() ? entry : null;
  }

  function put(place: string, entry: Entry): void {
    // The order of a map is that of its first writes.
    entries.delete(place);
    entries.set(place, entry);
    if (entries.size > MOST_ENTRIES) makeRoom();
  }

  function makeRoom(): void {
    const time = now();
    for (const [place, { expiresAt }] of entries) {
      if (expiresAt <= time) entries.delete(place);
    }
    for (const place of entries.keys()) {
      if (entries.size <= MOST_ENTRIES) break;
      entries.delete(place);
    }
  }

  function remove(place: string, value: string): boolean {
    return entries.get(place)?.value === value && entries.delete(place);
  }

  // deno-lint-ignore require-await -- the others answer later
  async function acquire(key: string, ttlMs: number): Promise<Lease | null> {
    const place = `lease/${key}`;
    if (live(place)) return null;
    const holder = crypto.randomUUID();
    put(place, { value: holder, expiresAt: now() + ttlMs });
    return {
      release() {
        remove(place, holder);
        return Promise.resolve();
      },
    };
  }

  return {
    get: (key) => Promise.resolve(live(`value/${key}`)),
    set(key, value, expiresAt) {
      put(`value/${key}`, { value, expiresAt });
      return Promise.resolve();
    },
    swap(key, seen, value, expiresAt) {
      const place = `value/${key}`;
      const isSame = (live(place)?.value ?? null) === seen;
      if (isSame) put(place, { value, expiresAt });
      return Promise.resolve(isSame);
    },
    deleteIf: (key, value) => Promise.resolve(remove(`value/${key}`, value)),
    acquire,
    hit(key, windowMs) {
      const place = `window/${key}`;
      const open = live(place);
      const count = Number(open?.value ?? 0) + 1;
      const resetAt = open?.expiresAt ?? now() + windowMs;
      put(place, { value: String(count), expiresAt: resetAt });
      return Promise.resolve({ count, resetAt });
    },
  };
}
