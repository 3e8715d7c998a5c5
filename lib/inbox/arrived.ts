/**
 * An event as it came, and how far WeCom's answer is believed beside it: the data
 * that is read lags behind the event that told of it (96338).
 */
import type { CallbackEvent } from "../wecom/callback/event.ts";

export type Arrived<E extends CallbackEvent = CallbackEvent> = E & {
  readonly eventId: string;
  readonly receivedAt: Date;
};

/** An event and whether it was settled. */
export type Recent<E extends CallbackEvent = CallbackEvent> = Arrived<E> & {
  readonly settled: boolean;
};

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
