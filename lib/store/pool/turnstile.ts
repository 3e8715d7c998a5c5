/**
 * First come, first served: at most `max` statements and transactions are under
 * way, each with a connection to itself. postgres.js sends up to 100 statements
 * down a connection before the first is answered, and when BEGIN is the last of
 * them it loses the connection: what other people ask then runs inside a
 * transaction that nobody commits. Here BEGIN is always alone.
 *
 * A connection that breaks makes the others suspect: after a failover they may be
 * dead without having noticed. What comes later gets fresh ones.
 *
 * What runs when its time is over is told so at once; its connection counts until
 * the server was told to stop, so that no more hangs there than `max`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { noAnswer, OutageError } from "../errors.ts";
import type { Limits } from "./limits.ts";
import { createLine } from "./line.ts";
import { createOvertime } from "./overtime.ts";
import type { Slot } from "./slot.ts";
import type { Holder, Task } from "./task.ts";
import { createTimers } from "./timers.ts";

export interface PoolHealth {
  /** 0 when nobody waits. */
  oldestWaiterMs: number;
  oldestRunnerMs: number;
  waiting: number;
  running: number;
}

export interface Turnstile {
  admit(task: Task): void;
  /** The task is done with its connection. */
  release(slot: Slot, task: Task): void;
  /** The connection is of no use any more; what runs on it fails. */
  lose(slot: Slot, error: Error): void;
  /** Takes up who waits, when connections may be opened again. */
  next(): void;
  /** Nobody who waits can be served. */
  giveUp(error: Error): void;
  /** Runs what a transaction does, so that its outer statements are known. */
  within<T>(holder: Holder, work: () => T): T;
  health(): PoolHealth;
  /** Serves who is there, then hangs up. */
  close(): Promise<void>;
  /** Ends what runs, on the server, too, and serves nobody any more. */
  hangUp(): void;
}

export function createTurnstile({ max, open, limits }: {
  max: number;
  /** null: not now; `next` is called when it is possible. */
  open: () => Slot | null;
  limits: Limits;
}): Turnstile {
  const inside = new AsyncLocalStorage<Holder>();
  const running = new Map<Slot, { task: Task; since: number }>();
  const idle: Slot[] = [];
  const endings = new Set<Promise<void>>();
  const timers = createTimers();
  const line = createLine({ waitMs: limits.waitMs, timers, tooLate });
  const overtime = createOvertime({ limits, timers, cut });
  /** They are hung up on once the server was told to stop what runs there. */
  const stopping = new Set<Slot>();
  /** Connections from before are not used again. */
  let generation = 0;
  let resting = false;
  let closed = false;
  let closing: Promise<void> | null = null;
  let drained: (() => void) | null = null;

  function admit(task: Task): void {
    if (closed) {
      return task.fail(
        new OutageError("CONNECTION_ENDED", "The database is closed"),
      );
    }
    overtime.watch(task);
    const slot = line.size === 0 ? take() : null;
    if (slot) start(slot, task);
    else wait(task);
  }

  function take(): Slot | null {
    const slot = idle.pop();
    if (slot) return slot;
    return resting || running.size >= max ? null : open();
  }

  function start(slot: Slot, task: Task): void {
    running.set(slot, { task, since: performance.now() });
    if (!slot.used) {
      timers.set(slot, limits.openMs, () => {
        if (!task.sent) lose(slot, noAnswer());
      });
    }
    overtime.started(task);
    task.start(slot);
  }

  /** Its sender hears of no answer. */
  function fail(task: Task, error: Error): void {
    overtime.forget(task);
    task.fail(error);
  }

  function wait(task: Task): void {
    const around = inside.getStore();
    const holder = around && !around.over ? around : null;
    line.join(task, holder);
    if (holder && isStuck()) {
      line.leave(task);
      const message =
        "Every connection is held by a transaction that waits for a statement outside of it: give the statement to the transaction";
      fail(task, new Error(message));
    }
  }

  function isStuck(): boolean {
    if (running.size < max) return false;
    for (const { task } of running.values()) {
      if (!task.holder || task.holder.outside === 0) return false;
    }
    return true;
  }

  function tooLate(task: Task): void {
    const message = `No connection came free in ${limits.waitMs} ms`;
    // Where nothing runs, the first connection is still being asked for.
    fail(
      task,
      running.size === 0
        ? noAnswer()
        : new OutageError("POOL_TIMEOUT", message),
    );
  }

  function next(): void {
    for (const task of line.tasks()) {
      if (task.cancelled) {
        line.leave(task);
        overtime.forget(task);
        continue;
      }
      const slot = take();
      if (!slot) return;
      line.leave(task);
      start(slot, task);
    }
    if (running.size === 0 && line.size === 0) drained?.();
  }

  function release(slot: Slot, task: Task): void {
    if (running.get(slot)?.task !== task || stopping.has(slot)) return;
    running.delete(slot);
    timers.clear(slot);
    overtime.forget(task);
    slot.used = true;
    slot.idleSince = performance.now();
    if (
      slot.bornAt < generation ||
      slot.idleSince - slot.bornAt > limits.lifeMs
    ) end(slot);
    else {
      idle.push(slot);
      if (!timers.has(idle)) sweepLater();
    }
    // The driver is in the middle of the answer still.
    if (line.size > 0 || drained) queueMicrotask(next);
  }

  /** Ends the task wherever it is. */
  function cut(task: Task, error: Error): void {
    if (line.leave(task)) return fail(task, error);
    const [slot] = [...running].find(([, one]) => one.task === task) ?? [];
    if (!slot || stopping.has(slot)) return;
    stopping.add(slot);
    const told = overtime.stop(slot, task).finally(() => {
      endings.delete(told);
      stopping.delete(slot);
      running.delete(slot);
      end(slot, 0);
      next();
    });
    endings.add(told);
    fail(task, error);
  }

  function lose(slot: Slot, error: Error): void {
    if (slot.ended || stopping.has(slot)) return;
    const task = running.get(slot)?.task;
    running.delete(slot);
    timers.clear(slot);
    const at = idle.indexOf(slot);
    if (at >= 0) idle.splice(at, 1);
    end(slot, 0);
    if (slot.used || task?.sent) renew();
    else rest();
    if (task) fail(task, error);
    queueMicrotask(next);
  }

  function renew(): void {
    const now = performance.now();
    if (now - generation < limits.restMs) return;
    generation = now;
    for (const slot of idle.splice(0)) end(slot);
  }

  /** The database is away: it is not asked without pause. */
  function rest(): void {
    resting = true;
    timers.set(endings, limits.restMs, () => {
      resting = false;
      next();
    });
  }

  function sweepLater(): void {
    timers.set(idle, limits.idleMs, () => {
      const since = performance.now() - limits.idleMs;
      while (idle[0] && idle[0].idleSince <= since) end(idle.shift());
      if (idle.length > 0) sweepLater();
    });
  }

  function end(slot: Slot | undefined, seconds = limits.closeMs / 1000): void {
    if (!slot) return;
    const ending = slot.end(seconds).finally(() => endings.delete(ending));
    endings.add(ending);
  }

  function giveUp(error: Error): void {
    for (const task of [...line.tasks()]) {
      line.leave(task);
      fail(task, error);
    }
  }

  function hangUp(): void {
    closed = true;
    giveUp(closes());
    for (const { task } of [...running.values()]) cut(task, closes());
  }

  async function close(): Promise<void> {
    closed = true;
    if (running.size + line.size > 0) {
      await new Promise<void>((resolve) => {
        drained = resolve;
        timers.set(running, limits.closeMs, resolve);
      });
    }
    hangUp();
    for (const slot of idle.splice(0)) end(slot);
    while (endings.size > 0) await Promise.all(endings);
    timers.clearAll();
  }

  return {
    admit,
    release,
    lose,
    next,
    giveUp,
    within: (holder, work) => inside.run(holder, work),
    health() {
      const now = performance.now();
      const [runner] = running.values();
      return {
        oldestWaiterMs: line.oldestMs(),
        oldestRunnerMs: runner ? now - runner.since : 0,
        waiting: line.size,
        running: running.size,
      };
    },
    close: () => closing ??= close(),
    hangUp,
  };
}

function closes(): OutageError {
  return new OutageError("CONNECTION_ENDED", "The database closes");
}
