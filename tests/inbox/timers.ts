/** A clock that stands still until the test moves it, and waiting by it. */
import type { Sleep } from "../../lib/inbox/within.ts";

export interface Timers {
  now(): number;
  sleep: Sleep;
  /** Lets time pass, so that what waits goes on in its order. */
  pass(ms: number): Promise<void>;
}

export function createTimers(start: number): Timers {
  let at = start;
  const waiting = new Set<{ until: number; wake: () => void }>();
  return {
    now: () => at,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const one = {
          until: at + ms,
          wake() {
            waiting.delete(one);
            signal?.removeEventListener("abort", one.wake);
            resolve();
          },
        };
        if (signal?.aborted) return resolve();
        signal?.addEventListener("abort", one.wake, { once: true });
        waiting.add(one);
      }),
    async pass(ms) {
      const end = at + ms;
      for (;;) {
        await turnOver();
        const next = [...waiting].sort((a, b) => a.until - b.until)[0];
        if (!next || next.until > end) break;
        at = Math.max(at, next.until);
        next.wake();
      }
      at = end;
    },
  };
}

/** Everything that is only waiting for its turn has had it. */
async function turnOver(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((done) => setTimeout(done, 0));
  }
}
