/**
 * What one turn of a handler comes to. A handler only reads; what it would write
 * is run by the queue, in the transaction that settles the events.
 */
import type { TransactionSql } from "../store/database.ts";

/** `stale`: what it built on has changed meanwhile; nothing was written. */
export type Written = "stale" | void;

export type Outcome =
  | {
    kind: "apply";
    write: (sql: TransactionSql) => Promise<Written>;
    /** What is to be done once it is written; lost when the process ends before. */
    after?: () => Promise<void>;
    /** Ids of events that this reading may not show yet: one more settles them. */
    again?: readonly string[];
  }
  /** WeCom's answer is older than the event: ask again soon. */
  | { kind: "lag" };

export const LAG: Outcome = { kind: "lag" };
export const NOTHING: Outcome = { kind: "apply", write: async () => {} };
