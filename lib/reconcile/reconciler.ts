/**
 * Brings the mirror in line with WeCom, whatever callbacks were lost: creations
 * under way, groups, contacts. Run at night by Deno.cron, by `deno task sync`
 * and on demand; one run at a time over all instances, resumed after a kill.
 * Between runs `nudge` works off what is due with the next request. WeCom allows
 * 10,000 calls a minute for a corp and API (doc 90312): a run uses a fraction.
 */
import { isOutage, type Sql } from "../store/database.ts";
import { apart } from "../store/deadline.ts";
import type { Vault } from "../store/vault.ts";
import type { Log } from "../http/log.ts";
import { createContactSync } from "../contacts/sync.ts";
import {
  settleAll,
  type Settled,
  settleDue,
  settleLate,
} from "../groups/settle_due.ts";
import type { Ground } from "../groups/ground.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { refreshContacts } from "./refresh_contacts.ts";
import { listGroups } from "./list_groups.ts";
import { readGroups } from "./read_groups.ts";
import {
  begin,
  countError,
  type RunKind,
  type RunReport,
  type RunState,
} from "./run_report.ts";
import {
  CLAIM_MS,
  createRunClaims,
  type Run,
  Superseded,
} from "./run_claims.ts";

const RENEW_MS = CLAIM_MS / 4;
/** Renewals between two lines of the log that tell how far a run is. */
const TOLD_EVERY = 4;
const RENEW_AGAIN_MS = 3_000;
/**
 * Pauses while the database is away; if it stays away longer, the claim runs
 * out.
 */
const FINISH_AGAIN_MS = [500, 2_000, 5_000, 10_000];
const CONTACTS_BUDGET_MS = 20 * 60_000;
const NUDGE_EVERY_MS = 2_000;
const DUE_AT_A_TIME = 3;

export interface Reconciler {
  /**
   * Runs to the end, or goes on with a run that was cut. null: another does it
   * right now. A run that WeCom or the database stopped is answered as `cut` or
   * `failed`. Throws when the database stays away: the run can be taken up then.
   */
  run(kind: RunKind): Promise<RunReport | null>;
  /**
   * Goes on with a run that was killed, or cut a quarter of an hour ago. null:
   * there is none.
   */
  resume(): Promise<RunReport | null>;
  /** The newest run, under way or ended. */
  latest(): Promise<RunReport | null>;
  /** Works off what is due: searching creations first, at most three. */
  due(): Promise<Settled>;
  /** `due`, beside a request: does not wait, does not throw, not too often. */
  nudge(): void;
  /** Cuts what runs here, and waits for it. */
  close(): Promise<void>;
}

export interface ReconcilerDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  ground: Ground;
  now: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  uuid: () => string;
  log: Log;
  /** Time for contacts in one run, ms; 20 minutes unless told. */
  contactsBudgetMs?: number;
}

export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const { now, sleep, log } = deps;
  const runs = createRunClaims(deps);
  const closing = new AbortController();
  const busy = new Set<Promise<unknown>>();
  let nudgedAt = -Infinity;
  let nudged: Promise<void> | null = null;

  function tracked<T>(work: Promise<T>): Promise<T> {
    busy.add(work);
    const forget = () => void busy.delete(work);
    work.then(forget, forget);
    return work;
  }

  async function run(kind: RunKind | null): Promise<RunReport | null> {
    const run = await runs.claim(kind);
    if (!run) return null;
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal]);
    const held = hold(run, stop);
    let report: RunReport;
    try {
      const { calls } = run.tally;
      const { wecom } = deps;
      await wecom.prioritized(
        "night",
        () => wecom.counting(calls, () => runSteps(run, signal)),
      );
      report = await finish(run, "done");
    } catch (caught) {
      const error = stop.signal.aborted ? stop.signal.reason : caught;
      // Another worker has the run now, and will end it.
      if (error instanceof Superseded) return null;
      const early = await finishEarly(run, error);
      if (!early) return null;
      report = early;
    } finally {
      stop.abort();
      await held;
    }
    log("info", "reconcile.run", { ...report });
    return report;
  }

  /** null: another has taken it over in the meantime. */
  async function finishEarly(
    run: Run,
    error: unknown,
  ): Promise<RunReport | null> {
    const closed = closing.signal.aborted;
    if (!closed) {
      countError(run.tally, error);
      log("error", "reconcile.stopped", { runId: run.runId, error });
    }
    const later = closed || isOutage(error) || error instanceof WecomError &&
        (error.remedy === "retry" || error.failure !== "errcode");
    let report: RunReport;
    try {
      report = await finish(run, later ? "cut" : "failed");
    } catch (taken) {
      if (taken instanceof Superseded) return null;
      throw taken;
    }
    // A mistake of ours must not look like an error of WeCom's.
    if (!later && !(error instanceof WecomError)) throw error;
    return report;
  }

  /**
   * Tries again while the database is away; a try may have succeeded and its
   * answer been lost.
   */
  async function finish(
    run: Run,
    state: Exclude<RunState, "running">,
  ): Promise<RunReport> {
    for (let turn = 0;; turn++) {
      try {
        return await run.finish(state);
      } catch (error) {
        if (error instanceof Superseded && turn > 0) {
          const latest = await runs.latest();
          if (latest?.runId === run.runId && latest.state === state) {
            return latest;
          }
        }
        const pause = FINISH_AGAIN_MS[turn];
        if (!isOutage(error) || pause === undefined) throw error;
        if (closing.signal.aborted) throw error;
        await sleep(pause, closing.signal).catch(() => {});
      }
    }
  }

  /**
   * Renews the claim while the run works, and stops it when it was lost: to
   * another worker, or because the database stays away for as long as it holds.
   */
  async function hold(run: Run, stop: AbortController): Promise<void> {
    let until = now() + CLAIM_MS;
    let pause = RENEW_MS;
    for (let turn = 1;; turn++) {
      await sleep(pause, stop.signal).catch(() => {});
      if (stop.signal.aborted) return;
      const at = now();
      try {
        await run.hold();
        [until, pause] = [at + CLAIM_MS, RENEW_MS];
        if (turn % TOLD_EVERY === 0) tell(run);
      } catch (error) {
        const over = now() >= until - 2 * RENEW_AGAIN_MS;
        if (error instanceof Superseded || over) return stop.abort(error);
        log("warn", "reconcile.not_held", { runId: run.runId, error });
        pause = RENEW_AGAIN_MS;
      }
    }
  }

  function tell({ runId, tally }: Run): void {
    log("info", "reconcile.progress", { runId, ...tally.progress });
  }

  async function runSteps(run: Run, signal: AbortSignal): Promise<void> {
    const { tally, startedAt } = run;
    const { counts } = tally;
    const parts = { ...deps, run, signal };
    begin(tally, "creations");
    const { bound, expired } = await settleAll(parts, startedAt);
    counts.bound += bound;
    counts.expired += expired;
    begin(tally, "lists");
    await listGroups(parts);
    begin(tally, "groups");
    await readGroups(parts);
    begin(tally, "late");
    counts.bound += await settleLate(parts);
    begin(tally, "contacts");
    await refreshContacts({
      ...parts,
      // A sync of this run's own: it is cut with the run, those that pages
      // started go on.
      contactSync: createContactSync(parts),
      budgetMs: deps.contactsBudgetMs ?? CONTACTS_BUDGET_MS,
    });
  }

  return {
    run: (kind) => tracked(apart(() => run(kind))),
    resume: () => tracked(apart(() => run(null))),
    latest: () => runs.latest(),

    due: () => settleDue(deps, DUE_AT_A_TIME),

    nudge() {
      if (nudged || closing.signal.aborted) return;
      if (now() - nudgedAt < NUDGE_EVERY_MS) return;
      nudgedAt = now();
      nudged = tracked(
        apart(() => settleDue(deps, DUE_AT_A_TIME))
          .then(() => {}, (error) => log("warn", "reconcile.due", { error }))
          .finally(() => nudged = null),
      );
    },

    async close() {
      closing.abort();
      await Promise.allSettled(busy);
    },
  };
}
