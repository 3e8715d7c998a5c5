/**
 * Works the inbox off. Requests and cron start it; it has no timer of its own.
 * It runs until nothing is due, and stays a moment for what is due within
 * seconds. An instance that is put to sleep meanwhile loses nothing, since the
 * next request or cron, on any instance, goes on. A task that fails is tried
 * again with growing pauses, and becomes a dead letter in the end.
 */
import type { Sql } from "../store/database.ts";
import { apart } from "../store/deadline.ts";
import type { Log } from "../http/log.ts";
import { announceChange } from "../chats/mirror.ts";
import { clean, WecomError } from "../wecom/mod.ts";
import type { Outcome } from "./outcome.ts";
import type { Task, TaskQueue } from "./task_queue.ts";

/** Subjects read at the same time in one process. */
const PARALLEL = 6;
/** About three hours in all; what is down for longer needs a person. */
export const MOST_ATTEMPTS = 12;
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 60 * 60_000;
/**
 * People wait for a group that WeCom does not show yet: it is found at most 10
 * s after WeCom shows it.
 */
const LAG_DELAY_MS = { least: 1_500, most: 7_000 };
/** Due within this time, as a second reading is: the run waits for it. */
const STAY_MS = 9_000;
const NAP_MS = 500;
/** Requests look for work at most this often when there was none. */
const QUIET_MS = 5_000;

export interface Worker {
  /** Starts a run unless one is under way. `urgent`: something new is there. */
  kick(options?: { urgent?: boolean }): void;
  /** A person says that trying is worth it: a pause ends. */
  resume(): void;
  /** Works off what is due now. Returns how many subjects it settled. */
  workOff(): Promise<number>;
  /** Ends the run; nothing of it is left when this resolves. */
  stop(): Promise<void>;
}

export interface WorkerDeps {
  sql: Sql;
  queue: TaskQueue;
  /** Reads the subject's state. Throws what WeCom answers. */
  read: (task: Task) => Promise<Outcome>;
  now: () => number;
  random: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  log: Log;
}

export function createWorker(deps: WorkerDeps): Worker {
  const { sql, queue, read, now, random, sleep, log } = deps;
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let again = false;
  let quietUntil = 0;
  /** WeCom asked for a pause, or cannot be reached: trying others is no use. */
  let pausedUntil = 0;

  let settling: Promise<unknown> = Promise.resolve();

  /**
   * Readings run in parallel, writes one after the other: a callback's answer
   * waits for one write at most.
   */
  function inTurn<T>(write: () => Promise<T>): Promise<T> {
    const run = settling.then(write);
    settling = run.catch(() => {});
    return run;
  }

  const jittered = (ms: number) => ms * (0.75 + random() / 2);

  function lagDelay({ events }: Task): number {
    const last = Math.max(...events.map((one) => one.receivedAt.getTime()));
    const { least, most } = LAG_DELAY_MS;
    return Math.min(Math.max((now() - last) / 2, least), most);
  }

  async function turn(task: Task): Promise<boolean> {
    try {
      const outcome = await read(task);
      if (outcome.kind === "lag") {
        await queue.postpone(task, now() + jittered(lagDelay(task)), null);
        return false;
      }
      const settled = await inTurn(() =>
        queue.settle(task, outcome.write, outcome.again)
      );
      if (settled) await outcome.after?.();
      return settled;
    } catch (error) {
      // If even the failure cannot be written down, the lease runs out and the
      // task is due again.
      await failed(task, error).catch((error) =>
        log("error", "inbox.not_postponed", { subject: task.subject, error })
      );
      return false;
    }
  }

  async function failed(task: Task, error: unknown): Promise<void> {
    const { subject, attempts } = task;
    const said = clean(error instanceof Error ? error.message : String(error));
    const pause = pauseAfter(error);
    pausedUntil = Math.max(pausedUntil, now() + pause);
    const level = attempts >= MOST_ATTEMPTS ? "error" : "warn";
    log(level, "inbox.failed", { subject, attempts, error });
    const chatId = /^chat\/(.+)$/.exec(subject)?.[1];
    // Marks the mirror as outdated for everybody else who reads this group.
    if (chatId !== undefined) await announceChange(sql, chatId);
    if (attempts >= MOST_ATTEMPTS) return await queue.bury(task, said);
    const delay = Math.min(
      FIRST_DELAY_MS * 2 ** (attempts - 1),
      LONGEST_DELAY_MS,
    );
    const dueAt = now() + Math.max(pause, jittered(delay));
    await queue.postpone(task, dueAt, said);
  }

  async function workOff(): Promise<number> {
    let settled = 0;
    while (!stopping.signal.aborted && now() >= pausedUntil) {
      const tasks = await queue.claim(PARALLEL);
      if (tasks.length === 0) break;
      const done = await Promise.all(tasks.map(turn));
      settled += done.filter(Boolean).length;
    }
    return settled;
  }

  async function run(): Promise<void> {
    try {
      while (!stopping.signal.aborted) {
        again = false;
        await workOff();
        const next = await queue.nextDue();
        const wait = Math.max(next ?? Infinity, pausedUntil) - now();
        if (wait <= STAY_MS) {
          await sleep(Math.min(Math.max(wait, 20), NAP_MS), stopping.signal);
        } else if (!again) {
          quietUntil = now() + Math.min(wait, QUIET_MS);
          break;
        }
      }
    } catch (error) {
      quietUntil = now() + QUIET_MS;
      if (!stopping.signal.aborted) log("warn", "inbox.run_failed", { error });
    } finally {
      running = null;
    }
  }

  function kick({ urgent = false } = {}): void {
    if (stopping.signal.aborted || (!urgent && now() < quietUntil)) return;
    again = true;
    running ??= apart(run);
  }

  return {
    workOff,
    kick,

    resume() {
      pausedUntil = 0;
      kick({ urgent: true });
    },

    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** For how long, in ms, other tasks need not be tried either. */
function pauseAfter(error: unknown): number {
  if (!(error instanceof WecomError)) return 0;
  if (error.errorName === "RATE_LIMITED") {
    return (error.retryAfterSeconds ?? 60) * 1000;
  }
  // The error is about the connection as a whole, not about this chat or
  // contact.
  const down = error.failure === "network" || error.failure === "timeout" ||
    error.failure === "http" || error.remedy === "config";
  return down ? FIRST_DELAY_MS : 0;
}
