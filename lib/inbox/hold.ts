/**
 * There are two official pages: by the newer one (90930) WeCom sends an event
 * again only when the connection breaks or 5 s pass, by the other one (90238)
 * after any answer but 200. So if an event could not be stored, its request is
 * kept open until WeCom has hung up, and is answered with an error after that.
 * The number of open requests is limited, and a stop ends them.
 */
import { pause, type Sleep } from "./within.ts";

/** WeCom's 5 s began before the request was here. */
export const HOLD_MS = 6_000;

/** Requests that wait at the same time, to be stored or for their time-out. */
export const MOST_SEATS = 256;

/** Places for requests that have to wait. */
export interface Seats {
  /** false: there is none, or the process ends. */
  take(): boolean;
  /** Gives back one that was taken. */
  leave(): void;
  readonly taken: number;
  readonly stopped: AbortSignal;
}

export function createSeats(stopped: AbortSignal, most = MOST_SEATS): Seats {
  let taken = 0;
  return {
    take() {
      if (taken >= most || stopped.aborted) return false;
      taken += 1;
      return true;
    },
    leave: () => void (taken -= 1),
    get taken() {
      return taken;
    },
    stopped,
  };
}

/**
 * Waits until WeCom has given up the request that came at `arrivedAt` (by
 * `now()`). Does not wait without a free seat, and no longer than to a stop.
 */
export async function holdUntilGivenUp(
  { seats, now, sleep }: { seats: Seats; now: () => number; sleep: Sleep },
  arrivedAt: number,
): Promise<void> {
  if (!seats.take()) return;
  try {
    const left = Math.max(0, HOLD_MS - (now() - arrivedAt));
    await pause(sleep, left, seats.stopped);
  } finally {
    seats.leave();
  }
}
