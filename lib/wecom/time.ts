/**
 * Waiting, in the ways the client needs: giving up when a signal says so, and giving up after a while.
 * Nothing here outlives its caller: timers are cleared and listeners removed, so a finished call leaves
 * nothing behind.
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
