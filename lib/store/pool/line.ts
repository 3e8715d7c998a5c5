/** Who waits for a connection: in the order of coming, and not for ever. */
import type { Holder, Task } from "./task.ts";
import type { Timers } from "./timers.ts";

export interface Line {
  /** `holder`: the transaction that waits for the task. */
  join(task: Task, holder: Holder | null): void;
  /** false: it does not wait. */
  leave(task: Task): boolean;
  tasks(): Iterable<Task>;
  readonly size: number;
  /** How long the first one has waited, ms; 0 when nobody does. */
  oldestMs(): number;
}

export function createLine({ waitMs, timers, tooLate }: {
  waitMs: number;
  timers: Timers;
  /** It has waited for so long, and has left the line. */
  tooLate: (task: Task) => void;
}): Line {
  const waiting = new Map<Task, { since: number; holder: Holder | null }>();

  function leave(task: Task): boolean {
    const entry = waiting.get(task);
    if (!entry) return false;
    if (entry.holder) entry.holder.outside -= 1;
    return waiting.delete(task);
  }

  /** One timer, for who waits longest. */
  function watch(): void {
    if (timers.has(waiting)) return;
    const [first] = waiting.values();
    if (!first) return;
    const left = first.since + waitMs - performance.now();
    timers.set(waiting, left, () => {
      const late = performance.now() - waitMs;
      for (const [task, { since }] of waiting) {
        if (since > late) break;
        leave(task);
        tooLate(task);
      }
      watch();
    });
  }

  return {
    join(task, holder) {
      if (holder) holder.outside += 1;
      waiting.set(task, { since: performance.now(), holder });
      watch();
    },
    leave,
    tasks: () => waiting.keys(),
    get size() {
      return waiting.size;
    },
    oldestMs() {
      const [first] = waiting.values();
      return first ? performance.now() - first.since : 0;
    },
  };
}
