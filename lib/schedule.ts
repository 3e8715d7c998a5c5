/**
 * The nightly run, by Deno.cron: at 03:20 in China, when nobody is at work.
 * Deno Deploy finds crons while modules load, and runs them on the timelines of
 * branches too, which would call the same company: there it is registered on
 * the production timeline only. On an own host the start task registers it.
 */
import { onProductionTimeline } from "./config/mod.ts";
import { nightly } from "./reconcile/nightly.ts";
import { services } from "./services.ts";

/** Minute, hour in UTC, day, month, weekday. */
const EVERY_NIGHT = "20 19 * * *";
/** A run that was cut goes on where it was; its claim may last a minute. */
const AGAIN_AFTER_MS = [2 * 60_000, 10 * 60_000, 60 * 60_000];

let scheduled = false;

/** Registers it once; does nothing where there is no Deno.cron. */
export function schedule(signal?: AbortSignal): void {
  if (scheduled || typeof Deno.cron !== "function") return;
  scheduled = true;
  const options = {
    backoffSchedule: AGAIN_AFTER_MS,
    ...(signal ? { signal } : {}),
  };
  Deno.cron("reconcile", EVERY_NIGHT, options, async () => {
    const report = await nightly(await services(), "nightly");
    // Only what throws is tried again.
    if (report && report.state !== "done") {
      throw new Error(`The nightly run ended early: ${report.state}`);
    }
  });
}

if (onProductionTimeline((name) => Deno.env.get(name))) schedule();
