/**
 * Lets a number of calls run in parallel. The others wait by priority, within one
 * in order of arrival, or leave when aborted.
 */
import { type Priority, PriorityQueue } from "./priority.ts";

export class Gate {
  #free: number;
  readonly #waiting = new PriorityQueue<() => void>();

  constructor(size: number) {
    this.#free = size;
  }

  async run<T>(
    priority: Priority,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#turn(priority, signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.next();
      if (next === undefined) this.#free++;
      else next();
    }
  }

  /** Resolves when the place of one that has finished is handed over. */
  async #turn(priority: Priority, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      // Not in the queue any more: the place is ours already, and `run` goes on to give it back.
      if (this.#waiting.remove(resolve)) reject(signal.reason);
    };
    this.#waiting.add(resolve, priority);
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
