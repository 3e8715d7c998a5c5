/**
 * The entry of the cache in which the processes of a company divide the calls of
 * one API. Of all who write it at the same time one alone succeeds. So it is not
 * written when nothing but a sign of life would be new and that is not due, and
 * whoever loses again and again gives up for now: the cache is there, and what was
 * had is kept. A cache that fails or does not answer is left alone for seconds.
 */
import type { Log } from "../http/log.ts";
import type { CacheStore } from "../store/cache.ts";
import { until } from "../store/deadline.ts";
import { differsByBeat, readShared, type Shared } from "./share.ts";
import { type StartTimer, within } from "./time.ts";

export interface EntryDeps {
  readonly cache: CacheStore;
  /** ms since epoch. */
  readonly now: () => number;
  /** ms, from any beginning; never goes back. */
  readonly elapsed: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly startTimer: StartTimer;
  readonly log: Log;
  /** This process, among all. */
  readonly id: string;
}

/** Between two signs of life. */
export const BEAT_MS = 1_000;
/** Between two questions to a cache that fails. */
export const AWAY_MS = 5_000;
const PATIENCE_MS = 1_000;
/** So long one tries to write what others write, too. */
const RACE_MS = 300;
/** Longer than clocks differ: the beat tells who lives, not this. */
const KEPT_MS = 10 * 60_000;

export class SharedEntry {
  readonly #key: string;
  readonly #name: string;
  readonly #deps: EntryDeps;
  #wroteAt = -Infinity;
  #awayUntil: number | null = null;

  /** `name`: the API, for the log. */
  constructor(key: string, name: string, deps: EntryDeps) {
    this.#key = key;
    this.#name = name;
    this.#deps = deps;
  }

  /** The last time the cache failed. */
  get isAway(): boolean {
    return this.#awayUntil !== null;
  }

  /**
   * Writes what `next` makes of what is there, and answers that; `next` is asked
   * again when others were quicker. `late`: they were so each time. Never rejects.
   */
  async change<T extends { shared: Shared }>(
    next: (seen: Shared) => T,
    patienceMs = PATIENCE_MS,
  ): Promise<T | "late" | "away"> {
    const { elapsed, startTimer, log } = this.#deps;
    const endpoint = this.#name;
    if (this.#awayUntil !== null && elapsed() < this.#awayUntil) return "away";
    const late = () => new Error(`Cache: no answer within ${patienceMs} ms`);
    // The statements end with the patience, too: before a locked table each look
    // would keep one more connection.
    const race = (over: AbortSignal) => until(over, () => this.#race(next));
    try {
      const done = await within(patienceMs, late, undefined, startTimer, race);
      if (this.isAway) log("info", "wecom.budget.shared", { endpoint });
      this.#awayUntil = null;
      return done;
    } catch (error) {
      if (!this.isAway) log("warn", "wecom.budget.alone", { endpoint, error });
      this.#awayUntil = elapsed() + AWAY_MS;
      return "away";
    }
  }

  async #race<T extends { shared: Shared }>(
    next: (seen: Shared) => T,
  ): Promise<T | "late"> {
    const { cache, now, elapsed, random, startTimer, id } = this.#deps;
    const end = elapsed() + RACE_MS;
    for (let tries = 1;; tries++) {
      const begun = elapsed();
      const text = (await cache.get(this.#key))?.value ?? null;
      const seen = readShared(text ?? undefined);
      const wanted = next(seen);
      const isAlive = elapsed() < this.#wroteAt + BEAT_MS;
      if (isAlive && differsByBeat(seen, wanted.shared, id)) return wanted;
      const written = JSON.stringify(wanted.shared);
      if (await cache.swap(this.#key, text, written, now() + KEPT_MS)) {
        this.#wroteAt = elapsed();
        return wanted;
      }
      // As long as a try takes here, whatever cache it is, and longer each time.
      const pause = (elapsed() - begun) * tries * random();
      if (elapsed() + pause > end) return "late";
      await new Promise<void>((go) => startTimer(pause, go));
    }
  }
}
