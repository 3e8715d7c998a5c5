/**
 * Passes over sealed rows, a small batch at a time, which may be interrupted
 * after each: every batch stands alone.
 */
import type { Sql } from "./database.ts";
import type { Vault } from "./vault.ts";

export interface RenewalOptions {
  sql: Sql;
  vault: Vault;
  signal?: AbortSignal;
  /** So many rows have been renewed so far. */
  onBatch?(renewed: number): void;
}

/** What a pass came to. */
export interface Renewal {
  /** Sealed and hashed anew. */
  renewed: number;
  /** None of our keys opens them: they stay as they are. */
  unreadable: number;
}
