/**
 * What one turn of a handler comes to. A handler only reads; what it would write
 * is run by the queue, in the transaction that settles the events.
 */
import type { TransactionSql } from "../store/database.ts";
import type { Arrived } from "./queue.ts";

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

/** After this time WeCom's answer is the truth, whatever the events said. */
const LAG_MS = 60_000;

/** Can WeCom's data still be older than this event? By our clock, not theirs. */
export function isYoung(event: Arrived, now: number): boolean {
  return now - event.receivedAt.getTime() < LAG_MS;
}

/**
 * After this time an answer is believed that does not contradict the event: a
 * lag of some seconds, and as much by which the clock of who received it may be
 * behind that of who reads.
 */
export const SURE_MS = 10_000;

/** Is an answer believed that does not contradict the event? */
export function isSure(event: Arrived, now: number): boolean {
  return now - event.receivedAt.getTime() >= SURE_MS;
}

/** The event that happened last; null when the last second had several. */
export function latest<E extends Arrived>(events: readonly E[]): E | null {
  let found: E | null = null;
  let tied = false;
  for (const event of events) {
    if (found === null || event.at > found.at) [found, tied] = [event, false];
    else if (event.at === found.at && event.change !== found.change) {
      tied = true;
    }
  }
  return tied ? null : found;
}
