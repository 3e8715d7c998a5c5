/**
 * The work of a night, for cron and for the task: events that still wait,
 * numbers under another key or found by other rules, the run of the reconciler,
 * and the removal of what nobody needs any more.
 */
import type { Codes } from "../codes/codes.ts";
import type { Inbox } from "../inbox/mod.ts";
import type { Renewer } from "../owner/renewer.ts";
import { sweepCache } from "../store/cache_postgres.ts";
import type { Sql } from "../store/database.ts";
import type { Reconciler } from "./reconciler.ts";
import type { RunKind, RunReport } from "./run_report.ts";

export interface NightDeps {
  inbox: Pick<Inbox, "workOff" | "prune">;
  renewer: Pick<Renewer, "run">;
  reconciler: Pick<Reconciler, "run">;
  codes: Pick<Codes, "review">;
  sql: Sql;
  now: () => number;
}

/** null: another instance works on it. Throws errors that are not WeCom's. */
export async function runNight(
  { inbox, renewer, reconciler, codes, sql, now }: NightDeps,
  kind: RunKind,
): Promise<RunReport | null> {
  // First the events: a group that is read for one needs no reading in the run.
  await inbox.workOff();
  // Before contacts are read, since it marks whose have to be.
  await renewer.run();
  const report = await reconciler.run(kind);
  // After groups were found that nobody had told of.
  await codes.review();
  await inbox.prune();
  await sweepCache({ sql, now });
  return report;
}
