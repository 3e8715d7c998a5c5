/**
 * The result of one turn of a handler. A handler only reads; its writes are run
 * by the queue, in the transaction that settles the events.
 */
import type { TransactionSql } from "../store/database.ts";

/** `stale`: the rows that it was based on have changed; nothing was written. */
export type Written = "stale" | void;

export type Outcome =
  | {
    kind: "apply";
    write: (sql: TransactionSql) => Promise<Written>;
    /** Runs after the transaction; lost when the process ends before. */
    after?: () => Promise<void>;
    /**
     * Ids of events that this reading may not show yet: one more reading
     * settles them.
     */
    again?: readonly string[];
  }
  /** WeCom's answer is older than the event: ask again soon. */
  | { kind: "lag" };

export const LAG: Outcome = { kind: "lag" };
export const NOTHING: Outcome = { kind: "apply", write: async () => {} };
