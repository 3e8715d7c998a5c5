/**
 * Ends tasks whose time is over: that of the request that asked for them, and
 * that which the pool allows to each.
 */
import { overdue, tooLong } from "../errors.ts";
import type { Limits } from "./limits.ts";
import type { Slot } from "./slot.ts";
import type { Task } from "./task.ts";
import type { Timers } from "./timers.ts";

export interface Overtime {
  /** From when it wants a connection. */
  watch(task: Task): void;
  /** From when it has one. */
  started(task: Task): void;
  /** It came to its end, one way or another. */
  forget(task: Task): void;
  /** Tells the server to stop the task. Never rejects, and takes a second at most. */
  stop(slot: Slot, task: Task): Promise<void>;
}

/** Between two looks whether a connection is open. */
const LOOK_MS = 20;

export function createOvertime({ limits: { runMs, cutMs }, timers, cut }: {
  limits: Limits;
  timers: Timers;
  cut: (task: Task, error: Error) => void;
}): Overtime {
  const watched = new Map<Task, () => void>();
  const pause = (slot: Slot, ms: number) =>
    new Promise<void>((go) => timers.set(slot, ms, go));

  return {
    watch(task) {
      if (!task.limit) return;
      const act = () => cut(task, overdue());
      watched.set(task, act);
      task.limit.addEventListener("abort", act);
    },
    started(task) {
      if (runMs === Infinity) return;
      timers.set(task, runMs, () => cut(task, tooLong(runMs)));
    },
    forget(task) {
      timers.clear(task);
      const act = watched.get(task);
      if (!act) return;
      watched.delete(task);
      task.limit?.removeEventListener("abort", act);
    },
    async stop(slot, task) {
      const late = performance.now() + cutMs;
      if (task.sent) await Promise.race([task.stop(), pause(slot, cutMs)]);
      else {
        // A connection that is hung up on while it is opened would stay open.
        while (!task.sent && performance.now() < late) {
          await pause(slot, LOOK_MS);
        }
        await Promise.race([task.stop(), pause(slot, LOOK_MS)]);
      }
      timers.clear(slot);
    },
  };
}
