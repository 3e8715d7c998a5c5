/**
 * Waiting, in the three ways the client needs: a bounded number at a time, giving up when a signal
 * says so, and giving up after a while. Nothing here outlives its caller: timers are cleared and
 * listeners removed, so a finished call leaves nothing behind.
 */

/** Starts a timer and answers how to stop it. Injected so that tests decide when time is over. */
export type StartTimer = (ms: number, fire: () => void) => () => void;

export const startTimer: StartTimer = (ms, fire) => {
  const id = setTimeout(fire, ms);
  return () => clearTimeout(id);
};

/** Settles as `work` does, or rejects with the signal's reason as soon as that aborts. */
export async function orAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  // The loser of the race must not become an unhandled rejection.
  work.catch(() => {});
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Runs `work` with a signal that aborts after `ms` with `late()`, or with the outer signal. The work is
 * left behind at once, even when it does not listen.
 */
export async function within<T>(
  ms: number,
  late: () => Error,
  outer: AbortSignal | undefined,
  start: StartTimer,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer?.throwIfAborted();
  const controller = new AbortController();
  const stop = start(ms, () => controller.abort(late()));
  const onAbort = () => controller.abort(outer?.reason);
  outer?.addEventListener("abort", onAbort, { once: true });
  try {
    return await orAbort(work(controller.signal), controller.signal);
  } finally {
    stop();
    outer?.removeEventListener("abort", onAbort);
  }
}

/**
 * Lets `size` of them run in parallel; the others wait in order of arrival, or
 * leave when aborted.
 */
export class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Resolves when the place of one that has finished is handed over. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      const index = this.#waiting.indexOf(resolve);
      // Not in the queue any more: the place is ours already, and `run` goes on to give it back.
      if (index === -1) return;
      this.#waiting.splice(index, 1);
      reject(signal.reason);
    };
    this.#waiting.push(resolve);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
