/**
 * A body that is still on its way is the client's time, not ours: the time of the
 * request begins anew after it, and whoever is cut before that is told to send it
 * again.
 */

/** How long a request may take. */
export interface Clock {
  /** The client still sends. */
  receiving: boolean;
  restart(): void;
}

const clocks = new WeakMap<Request, Clock>();

export function keepTime(request: Request, clock: Clock): void {
  clocks.set(request, clock);
}

/** Reads of a request what its client still sends. */
export async function receiving<T>(
  request: Request,
  work: () => Promise<T>,
): Promise<T> {
  const clock = clocks.get(request);
  if (!clock) return await work();
  clock.receiving = true;
  try {
    return await work();
  } finally {
    clock.receiving = false;
    clock.restart();
  }
}
