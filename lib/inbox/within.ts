/** Waiting with an end, by a clock that is passed in. */

/** Ends early when the signal says so; may resolve or reject then. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** Settles as `work` does, or with "late" after `ms`; the work itself goes on. */
export async function within<T>(
  work: Promise<T>,
  ms: number,
  sleep: Sleep,
): Promise<T | "late"> {
  const over = new AbortController();
  const late = sleep(ms, over.signal).then(
    () => "late" as const,
    () => "late" as const,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
  }
}

/** Waits so long, or until the signal says so. */
export async function pause(
  sleep: Sleep,
  ms: number,
  until: AbortSignal,
): Promise<void> {
  await sleep(ms, until).catch(() => {});
}
