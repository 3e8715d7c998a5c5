/**
 * What the program may forget: tokens, tickets, leases, rate windows, OAuth states. The rest of
 * the code knows this interface only; behind it is Deno KV or a Postgres table. Expiry is kept in
 * the value and compared with our own clock, because KV's `expireIn` promises only "not before".
 * The program must stay correct when the store is empty, throw-away or private to one instance.
 */
export interface CacheStore {
  /** Answers null when the entry is absent or past `expiresAt` (ms since epoch). */
  get(key: string): Promise<{ value: string; expiresAt: number } | null>;
  /** Stores a value of at most 60 KB until `expiresAt` (ms since epoch), over whatever was there. */
  set(key: string, value: string, expiresAt: number): Promise<void>;
  /**
   * Replaces the entry only if it still holds `seen`; null: there was none, or it
   * had run out. Tells whether it did.
   */
  swap(
    key: string,
    seen: string | null,
    value: string,
    expiresAt: number,
  ): Promise<boolean>;
  /** Removes the entry only if it still holds this value; tells whether it did. */
  deleteIf(key: string, value: string): Promise<boolean>;
  /**
   * A lease that one holder across all processes has for at most `ttlMs`; null while another holds
   * it. A holder that dies is superseded when the time is over.
   */
  acquire(key: string, ttlMs: number): Promise<Lease | null>;
  /**
   * Counts a hit in a fixed window that starts with its first hit; answers the hits so far, this
   * one included, and when the window ends (ms since epoch).
   */
  hit(
    key: string,
    windowMs: number,
  ): Promise<{ count: number; resetAt: number }>;
}

export interface Lease {
  /** Gives the lease back if it is still ours; harmless when it has run out or is called twice. */
  release(): Promise<void>;
}
