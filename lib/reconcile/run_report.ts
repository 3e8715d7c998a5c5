/**
 * What a run of the reconciler did, in numbers: kept with the run, printed by
 * the task, shown to ops. An error is counted under its endpoint and code, as
 * WeCom's tables have it (doc 90313).
 */
import { sqlState } from "../store/database.ts";
import { WecomError } from "../wecom/mod.ts";

export const RUN_KINDS = ["nightly", "task", "demand"] as const;
export type RunKind = typeof RUN_KINDS[number];

/** `cut`: stopped before its end; the next worker goes on with it. */
export type RunState = "running" | "done" | "cut" | "failed";

export interface Counts {
  /** People whose groups were listed. */
  owners: number;
  /** Groups that the listings named. */
  listed: number;
  /**
   * Groups that were read one by one, and how many of them were new and so on.
   */
  fetched: number;
  added: number;
  changed: number;
  unchanged: number;
  dismissed: number;
  /**
   * Creations under way: how many were bound, and how many ended without a
   * group.
   */
  bound: number;
  expired: number;
  /** Staff whose contacts were read, and how many contacts those were. */
  people: number;
  contacts: number;
  /** Staff whose contacts were due and not read: no time was left, or a stop. */
  peopleLeft: number;
  /**
   * People who left, or lost the right to customers: they follow nobody now.
   */
  peopleHidden: number;
}

/** In this order: what a run does. */
export const STEPS = [
  "creations",
  "lists",
  "groups",
  "late",
  "contacts",
] as const;
export type Step = typeof STEPS[number];

/** How far the step is that a run is at, or was at when it ended. */
export interface Progress {
  step: Step;
  /** Slices of owners, groups or people; of how many. 0 of 0: not countable. */
  done: number;
  of: number;
}

export interface RunReport {
  runId: string;
  kind: RunKind;
  state: RunState;
  startedAt: Date;
  endedAt: Date | null;
  counts: Counts;
  /** Calls to WeCom by endpoint. */
  calls: Record<string, number>;
  errors: Record<string, number>;
  /** null for runs of the release before. */
  progress: Progress | null;
}

/** The numbers of a run, which may be taken up where another left them. */
export type Tally = Pick<
  RunReport,
  "counts" | "calls" | "errors" | "progress"
>;

export function newTally(from: Partial<Tally> = {}): Tally {
  return {
    counts: {
      owners: 0,
      listed: 0,
      fetched: 0,
      added: 0,
      changed: 0,
      unchanged: 0,
      dismissed: 0,
      bound: 0,
      expired: 0,
      people: 0,
      contacts: 0,
      peopleLeft: 0,
      peopleHidden: 0,
      ...from.counts,
    },
    calls: { ...from.calls },
    errors: { ...from.errors },
    progress: from.progress ?? null,
  };
}

export function begin(tally: Tally, step: Step): void {
  tally.progress = { step, done: 0, of: 0 };
}

/** Tells how much there is to do, and how much is done, of the step under way. */
export function advance(
  { progress }: Tally,
  { done = 0, of = 0 }: { done?: number; of?: number },
): void {
  if (!progress) return;
  progress.done += done;
  // More may have come to do since it was counted.
  progress.of = Math.max(progress.of + of, progress.done);
}

export function countError({ errors }: Tally, error: unknown): void {
  const name = error instanceof WecomError
    ? `${error.endpoint} ${
      error.failure === "errcode" ? error.errcode : error.failure
    }`
    : error instanceof Error
    ? "code" in error ? `${error.name} ${error.code}` : error.name
    : "unknown";
  errors[name] = (errors[name] ?? 0) + 1;
}

/** Classes of SQLSTATE that say that a value cannot be stored. */
const OF_ONE = /^2[23]/;

/**
 * Whether the run has to stop: the configuration is wrong, or WeCom asks for a
 * pause. Other errors concern one group or one person only.
 */
export function stopsRun(error: unknown): boolean {
  // If one group or person cannot be written, the others still can.
  if (OF_ONE.test(sqlState(error) ?? "")) return false;
  return !(error instanceof WecomError) || error.remedy === "config" ||
    error.failure === "aborted" || error.errorName === "RATE_LIMITED";
}
