/**
 * Processes that share a cache and a time of their own: the time moves to what is
 * due next, so that a minute takes a moment and always goes the same way.
 */
import { createBudget } from "../../lib/wecom/mod.ts";
import type { Budget } from "../../lib/wecom/mod.ts";
import type { Asking } from "../../lib/wecom/gate.ts";
import { createMemoryCache } from "../../lib/store/cache_memory.ts";
import { limitNow } from "../../lib/store/deadline.ts";
import type { CacheStore } from "../../lib/store/cache.ts";
import { seededRandom } from "../../lib/sandbox/ids.ts";

export interface Process {
  budget: Budget;
  /** SIGKILL: what it had goes on nowhere, and it says nothing any more. */
  kill(): void;
}

export function createTown({ latencyMs = 100, seed = 1 } = {}) {
  const random = seededRandom(seed);
  let time = Date.UTC(2026, 10, 26, 1);
  const due: { at: number; fire: () => void }[] = [];
  const startTimer = (ms: number, fire: () => void) => {
    const one = { at: time + ms, fire };
    due.push(one);
    return () => {
      const at = due.indexOf(one);
      if (at !== -1) due.splice(at, 1);
    };
  };
  const now = () => time;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => startTimer(ms, resolve));
  const cache = createMemoryCache({ now });
  const seen = {
    calls: 0,
    reads: 0,
    running: 0,
    most: 0,
    /** The limits of questions to the cache that were not answered. */
    hanging: [] as (AbortSignal | null)[],
  };

  async function settle() {
    for (let n = 0; n < 40; n++) await Promise.resolve();
  }

  return {
    seen,
    now,
    startTimer,
    sleep,
    /** Moves the time on, at most by so much. */
    async run(ms: number) {
      const until = time + ms;
      for (;;) {
        await settle();
        due.sort((a, b) => a.at - b.at);
        const [next] = due;
        if (!next || next.at > until) break;
        due.shift();
        time = Math.max(time, next.at);
        next.fire();
      }
      time = until;
    },

    process(
      { skewMs = 0, cacheMs = 3, broken, hangs }: {
        skewMs?: number;
        /** Of a question to the cache, there and back. */
        cacheMs?: number;
        broken?: () => boolean;
        hangs?: () => boolean;
      } = {},
    ): Process {
      let isAlive = true;
      const way = () => sleep(cacheMs / 2 * (0.7 + 0.6 * random()));
      // The dead neither read nor write: their cache never answers.
      const alive = async <T>(work: () => Promise<T>): Promise<T> => {
        if (!isAlive) return await new Promise(() => {});
        if (broken?.()) throw new Error("cache is down");
        seen.reads++;
        if (hangs?.()) {
          seen.hanging.push(limitNow());
          return await new Promise(() => {});
        }
        await way();
        const answer = await work();
        await way();
        return answer;
      };
      const own: CacheStore = {
        ...cache,
        get: (key) => alive(() => cache.get(key)),
        swap: (...args) => alive(() => cache.swap(...args)),
      };
      const budget = createBudget({
        company: "ww1",
        cache: own,
        now: () => time + skewMs,
        elapsed: () => time,
        random,
        startTimer: (ms, fire) => startTimer(ms, () => isAlive && fire()),
        log: () => {},
      });
      return { budget, kill: () => void (isAlive = false) };
    },

    /** A call that takes a while; `refuse` may throw when it begins. */
    call(
      { budget }: Process,
      { parallel = 2, refuse = () => {}, ...asking }:
        & { parallel?: number; refuse?: () => void }
        & Asking,
    ): Promise<void> {
      return budget.run({ name: "api", parallel }, asking, async () => {
        seen.calls++;
        seen.running++;
        seen.most = Math.max(seen.most, seen.running);
        try {
          refuse();
          await sleep(latencyMs);
        } finally {
          seen.running--;
        }
      });
    },
  };
}

export type Town = ReturnType<typeof createTown>;
