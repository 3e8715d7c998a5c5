/**
 * Lets a number of calls run in parallel, and a number begin in a second. The
 * others wait by priority, within one by turns of people, or leave when aborted.
 * How many may run can change at any time; whoever runs already goes on.
 */
import type { Pace } from "./pace.ts";
import { PRIORITIES, type Priority, PriorityQueue } from "./priority.ts";
import type { StartTimer } from "./time.ts";

export interface Place {
  /** How many come before. */
  ahead: number;
  /** Until it is one's turn, in ms, as fast as it goes now; null: unknown. */
  waitMs: number | null;
}

export interface Asking {
  readonly priority: Priority;
  /** Whose turn it takes; null: nobody's in particular. */
  readonly person?: string | null;
  /** Ends the waiting, not the work. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how to look at the place in the line; null: not in line any more. */
  readonly onLine?: ((look: (() => Place) | null) => void) | undefined;
}

interface GateDeps {
  /** ms, from any beginning; never goes back. */
  readonly elapsed: () => number;
  readonly startTimer: StartTimer;
  readonly pace: Pace;
  /** Somebody came who has to wait, or somebody has ended. */
  readonly changed?: () => void;
}

/** How much the newest step of the line weighs in its speed. */
const NEWEST = 0.1;

export class Gate {
  #size: number;
  readonly #running = PRIORITIES.map(() => 0);
  readonly #waiting = new PriorityQueue<() => void>();
  readonly #deps: GateDeps;
  #stopTimer: (() => void) | null = null;
  /** Between two who left the line, in ms; null: nobody did yet. */
  #stepMs: number | null = null;
  #steppedAt: number | null = null;

  constructor(size: number, deps: GateDeps) {
    this.#size = size;
    this.#deps = deps;
  }

  get running(): number {
    return this.#running.reduce((sum, count) => sum + count, 0);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Who runs or waits, by priority. */
  wants(): number[] {
    return PRIORITIES.map((priority, at) =>
      (this.#running[at] ?? 0) + this.#waiting.sizeOf(priority)
    );
  }

  resize(size: number): void {
    this.#size = size;
    this.admit();
  }

  /** Lets in whoever may. Call it when the pace has changed. */
  admit(): void {
    while (this.#waiting.size > 0 && this.running < this.#size) {
      const ms = this.#deps.pace.take();
      if (ms > 0) return this.#later(ms);
      this.#stepped();
      this.#waiting.next()?.();
    }
  }

  /** Rejects with the signal's reason when that aborts before the turn. */
  async run<T>(asking: Asking, work: () => Promise<T>): Promise<T> {
    asking.signal?.throwIfAborted();
    await this.#turn(asking);
    const at = PRIORITIES.indexOf(asking.priority);
    try {
      return await work();
    } finally {
      this.#running[at] = (this.#running[at] ?? 1) - 1;
      this.admit();
      this.#deps.changed?.();
    }
  }

  /** Resolves with the place taken. */
  async #turn(
    { priority, person = null, signal, onLine }: Asking,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const at = PRIORITIES.indexOf(priority);
    let left = false;
    const enter = () => {
      left = true;
      this.#running[at] = (this.#running[at] ?? 0) + 1;
      resolve();
    };
    const onAbort = () => {
      // Not in the queue any more: the place is ours already, and `run` goes on to give it back.
      if (this.#waiting.remove(enter)) reject(signal?.reason);
    };
    if (this.#waiting.size === 0) this.#steppedAt = null;
    this.#waiting.add(enter, priority, person);
    this.admit();
    if (left) return;
    signal?.addEventListener("abort", onAbort, { once: true });
    onLine?.(() => this.#placeOf(enter));
    this.#deps.changed?.();
    try {
      await promise;
    } finally {
      onLine?.(null);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #placeOf(enter: () => void): Place {
    const ahead = this.#waiting.ahead(enter);
    const waitMs = this.#stepMs === null
      ? null
      : Math.round((ahead + 1) * this.#stepMs);
    return { ahead, waitMs };
  }

  #stepped(): void {
    const now = this.#deps.elapsed();
    if (this.#steppedAt !== null) {
      const step = now - this.#steppedAt;
      this.#stepMs = this.#stepMs === null
        ? step
        : this.#stepMs + NEWEST * (step - this.#stepMs);
    }
    this.#steppedAt = now;
  }

  #later(ms: number): void {
    this.#stopTimer ??= this.#deps.startTimer(ms, () => {
      this.#stopTimer = null;
      this.admit();
    });
  }

  /** Nobody is let in by the pace's timer any more. */
  close(): void {
    this.#stopTimer?.();
    this.#stopTimer = null;
  }
}
