/**
 * What runs by the clock, by Deno.cron: the nightly run at 03:20 in China, when
 * nobody is at work; what is left of it when it was killed, since whoever is
 * killed does not try again; and each minute what is due in the inbox and among
 * the searches, because an instance that sleeps hears of no time passing. Deno
 * Deploy finds crons while modules load, and runs them on the timelines of
 * branches too, which would call the same company: there they are registered on
 * the production timeline only. On an own host the start task registers them,
 * or `deno serve _fresh/server.js` by being what was started: a build or a test
 * that imports the app has no crons.
 */
import { onOwnHost, onProductionTimeline } from "./config/mod.ts";
import { nightly } from "./reconcile/nightly.ts";
import { type Services, services } from "./services.ts";

export interface Job {
  name: string;
  /** Minute, hour in UTC, day, month, weekday. */
  when: string;
  /** Pauses in ms after which it is tried again when it throws. */
  again: number[];
  run(services: Services): Promise<void>;
}

export const JOBS: readonly Job[] = [
  {
    name: "reconcile",
    when: "20 19 * * *",
    // A run that was cut goes on where it was; its claim may last a minute.
    again: [2 * 60_000, 10 * 60_000, 60 * 60_000],
    async run(services) {
      const report = await nightly(services, "nightly");
      // Only what throws is tried again.
      if (report && report.state !== "done") {
        throw new Error(`The nightly run ended early: ${report.state}`);
      }
    },
  },
  {
    name: "resume reconcile",
    when: "*/5 * * * *",
    again: [],
    async run({ reconciler }) {
      await reconciler.resume();
    },
  },
  {
    name: "work off",
    when: "* * * * *",
    again: [],
    async run({ inbox, reconciler }) {
      await Promise.all([inbox.work(), reconciler.due()]);
    },
  },
];

/** A run takes long, and `deno serve` waits for it: a signal cuts it short. */
export async function runJob(
  job: Job,
  services: Services,
  signal?: AbortSignal,
): Promise<void> {
  const stop = () => {
    for (const part of [services.inbox.stop(), services.reconciler.close()]) {
      part.catch((error) => services.log("warn", "job.not_cut", { error }));
    }
  };
  if (signal?.aborted) return;
  signal?.addEventListener("abort", stop, { once: true });
  try {
    await job.run(services);
  } catch (error) {
    // What a signal cut is no failure. Deno prints whatever is thrown, beside the
    // log: only where it tries again.
    if (signal?.aborted) return;
    services.log("warn", "job.failed", { job: job.name, error });
    if (job.again.length > 0) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

let scheduled = false;

/** Registers them once; does nothing where there is no Deno.cron. */
export function schedule(signal?: AbortSignal): void {
  if (scheduled || typeof Deno.cron !== "function") return;
  scheduled = true;
  for (const job of JOBS) {
    const { name, when, again } = job;
    const options = { backoffSchedule: again, ...(signal ? { signal } : {}) };
    Deno.cron(
      name,
      when,
      options,
      async () => await runJob(job, await services(), signal),
    );
  }
}

/** `deno serve` ends by itself at a signal, but waits for crons and their runs. */
function scheduleUntilStopped(): void {
  const stopping = new AbortController();
  schedule(stopping.signal);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
}

const environment = (name: string) => Deno.env.get(name);
if (onProductionTimeline(environment)) schedule();
else if (
  onOwnHost(environment) && Deno.mainModule.endsWith("/_fresh/server.js")
) scheduleUntilStopped();
