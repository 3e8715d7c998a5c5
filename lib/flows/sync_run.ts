/**
 * The reconciler on demand: operators compare our record with WeCom now. A long
 * run goes on behind the answer; asked again, the flow tells how far it is.
 */
import { flow } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { SyncRun } from "./schemas.ts";
import { AppError } from "../http/errors.ts";
import { briefly } from "../http/briefly.ts";
import type { Log } from "../http/log.ts";
import type { Reconciler } from "../reconcile/reconciler.ts";
import type { RunReport } from "../reconcile/run_report.ts";
import { z } from "zod";

/** A small company is done by then. */
const PATIENCE_MS = 1_500;

/** A run asks WeCom for all groups that have changed. */
const AGAIN_MS = 60_000;

interface Needs {
  reconciler: Reconciler;
  log: Log;
  now: () => number;
}

export const syncRun = flow<Needs>()({
  summary: "立即和企业微信核对一次（运营）",
  who: RIGHTS.oversee,
  input: z.object({}),
  output: z.object({ run: SyncRun.nullable() }),
  changes: true,
  async run({ deps: { reconciler, log, now } }) {
    const latest = await reconciler.latest();
    const sinceMs = now() - (latest?.startedAt.getTime() ?? -AGAIN_MS);
    // One that goes on is joined, not begun anew.
    if (latest?.state !== "running" && sinceMs < AGAIN_MS) {
      throw new AppError("RATE_LIMITED", {
        msg: "一分钟内刚核对过，请稍后再试",
        retryAfterSeconds: Math.ceil((AGAIN_MS - sinceMs) / 1_000),
      });
    }
    const done = reconciler.run("demand").catch((error) =>
      log("error", "reconcile.failed", { error })
    );
    await briefly(done, PATIENCE_MS);
    return { run: viewRun(await reconciler.latest()) };
  },
});

export const syncLatest = flow<{ reconciler: Reconciler }>()({
  summary: "最近一次核对的结果（运营）",
  who: RIGHTS.oversee,
  input: z.object({}),
  output: z.object({ run: SyncRun.nullable() }),
  changes: false,
  async run({ deps }) {
    return { run: viewRun(await deps.reconciler.latest()) };
  },
});

function viewRun(report: RunReport | null) {
  return report && {
    ...report,
    counts: { ...report.counts },
    startedAt: report.startedAt.toISOString(),
    endedAt: report.endedAt?.toISOString() ?? null,
  };
}
