/**
 * What runs by the clock: the nightly run at 03:20 in China, when nobody is at
 * work; what is left of it when it was killed, since whoever is killed does not
 * try again; and each minute what is due in the inbox and among the searches,
 * because an instance that sleeps hears of no time passing. `main.ts` registers
 * them. Deno Deploy runs the crons of branches too, which would call the same
 * company: there a job finds that it has nothing to do.
 */
import { chainAudit } from "./audit/chain.ts";
import type { Codes } from "./codes/codes.ts";
import { onBranchTimeline } from "./config/mod.ts";
import type { Log } from "./http/log.ts";
import type { Inbox } from "./inbox/mod.ts";
import { type NightDeps, runNight } from "./reconcile/run_night.ts";
import type { Reconciler } from "./reconcile/reconciler.ts";
import type { Sql } from "./store/database.ts";
import { countJob } from "./telemetry/metrics.ts";

/** What the jobs work with, and how they are cut. */
export interface JobDeps extends NightDeps {
  inbox: Pick<Inbox, "workOff" | "prune">;
  reconciler: Pick<Reconciler, "run" | "resume" | "due">;
  codes: Pick<Codes, "tidy" | "review">;
  sql: Sql;
  now: () => number;
  log: Log;
  cutWork(): Promise<void>;
}

export interface Job {
  name: string;
  /** Pauses in ms after which it is tried again when it throws. */
  again: number[];
  run(deps: JobDeps): Promise<void>;
}

export const reconcile: Job = {
  name: "reconcile",
  // A run that was cut goes on where it was; its claim may last a minute.
  again: [2 * 60_000, 10 * 60_000, 60 * 60_000],
  async run(deps) {
    const report = await runNight(deps, "nightly");
    // Only what throws is tried again.
    if (report && report.state !== "done") {
      throw new Error(`The nightly run ended early: ${report.state}`);
    }
  },
};

export const resumeReconcile: Job = {
  name: "resume reconcile",
  again: [],
  async run({ reconciler }) {
    await reconciler.resume();
  },
};

export const workOff: Job = {
  name: "work off",
  again: [],
  async run({ inbox, reconciler, codes, sql, now, log }) {
    await Promise.all([
      inbox.workOff(),
      reconciler.due(),
      codes.tidy(),
      chainAudit({ sql, now, log }),
    ]);
  },
};

export interface CronDeps {
  services: () => Promise<JobDeps>;
  log: Log;
  /** Ends it for good. */
  signal: AbortSignal;
  onBranch?: () => boolean;
}

/** Options and handler of a job's `Deno.cron`. */
export function cron(
  job: Job,
  { services, log, signal, onBranch = onBranchTimeline }: CronDeps,
) {
  return [
    { backoffSchedule: job.again, signal },
    async () => {
      if (onBranch()) return;
      const made = await orTell(job, { log, signal }, services);
      if (made) await runJob(job, made, signal);
    },
  ] as const;
}

/** A run takes long, and a stop does not wait for it: the signal cuts it short. */
export async function runJob(
  job: Job,
  services: JobDeps,
  signal?: AbortSignal,
): Promise<void> {
  const cut = () => {
    services.cutWork().catch((error) =>
      services.log("warn", "job.not_cut", { error })
    );
  };
  if (signal?.aborted) return;
  signal?.addEventListener("abort", cut, { once: true });
  try {
    const { log } = services;
    await orTell(job, { log, signal }, () => job.run(services));
  } finally {
    signal?.removeEventListener("abort", cut);
  }
}

/** Undefined when it failed and is not tried again. */
async function orTell<T>(
  job: Job,
  { log, signal }: { log: Log; signal: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    const done = await work();
    countJob(job.name, "done");
    return done;
  } catch (error) {
    countJob(job.name, "failed");
    // What a signal cut is no failure. Deno prints whatever is thrown, beside the
    // log: only where it tries again.
    if (signal?.aborted) return;
    log("warn", "job.failed", { job: job.name, error });
    if (job.again.length > 0) throw error;
  }
}
