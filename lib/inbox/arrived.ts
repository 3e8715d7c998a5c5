/**
 * An event as it came, and when an answer of WeCom's is believed against it:
 * answers lag behind events (96338).
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
 * After this time an answer that does not contradict the event is believed. It
 * covers WeCom's lag of some seconds, and as much again in case the clock of
 * the instance that received the event is behind that of the one that reads.
 */
export const SURE_MS = 10_000;

/** Is an answer believed that does not contradict the event? */
export function isSure(event: Arrived, now: number): boolean {
  return now - event.receivedAt.getTime() >= SURE_MS;
}

/**
 * The event that happened last; null when several different ones share the last
 * second.
 */
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
