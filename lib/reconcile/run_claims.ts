/**
 * One run at a time over all instances. The open run is one row (a unique index
 * sees to that); its claim says who works on it and is renewed every 15 s. A
 * worker that dies is superseded after a minute, and the run goes on from what
 * it had saved: cursors are worth that for some hours only.
 */
import type { Queries, Sql } from "../store/database.ts";
import {
  newTally,
  type RunKind,
  type RunReport,
  type RunState,
  type Tally,
} from "./run_report.ts";

/** Longer than the longest call to WeCom and its pauses. */
export const CLAIM_MS = 60_000;
const RESUME_WITHIN_MS = 6 * 60 * 60_000;
/**
 * A run that was cut is left alone for this time: WeCom may have asked for a
 * pause.
 */
const PAUSE_MS = 15 * 60_000;
/** What a run keeps while it is open. */
const OF_A_RUN = ["reconcile_seen", "reconcile_slice", "reconcile_page"];
const KEPT_MS = 90 * 24 * 60 * 60_000;

/** Another worker has taken the run over, and goes on with it. */
export class Superseded extends Error {
  override readonly name = "Superseded";
}

export interface Run {
  readonly runId: string;
  readonly startedAt: Date;
  readonly tally: Tally;
  /** Renews the claim and saves the numbers. Throws {@linkcode Superseded}. */
  hold(queries?: Queries): Promise<void>;
  /** Ends it, or leaves it to be taken up again (`cut`). */
  finish(state: Exclude<RunState, "running">): Promise<RunReport>;
}

export interface RunClaims {
  /**
   * Takes up the open run, or begins one; null while another works on it.
   * Without a kind no run is begun, and a run that was cut waits for its pause.
   */
  claim(kind: RunKind | null): Promise<Run | null>;
  latest(): Promise<RunReport | null>;
}

interface Row {
  runId: string;
  kind: RunKind;
  state: RunState;
  startedAt: Date;
  endedAt: Date | null;
  counts: string;
  calls: string;
  errors: string;
  progress: string | null;
}

export function createRunClaims(deps: {
  sql: Sql;
  now: () => number;
  uuid: () => string;
}): RunClaims {
  const { sql, now, uuid } = deps;
  // As text: the driver would rename the keys of JSON, and endpoints have "_".
  const columns = sql`run_id, kind, state, started_at, ended_at,
    counts::text, calls::text, errors::text, progress::text`;

  async function claim(kind: RunKind | null): Promise<Run | null> {
    const name = uuid();
    const at = new Date(now());
    const until = new Date(now() + CLAIM_MS);
    await sql`
      update reconcile_run set state = 'cut', ended_at = ${at}, claim = null
      where ended_at is null and (claim is null or claimed_until < ${at})
        and started_at < ${new Date(now() - RESUME_WITHIN_MS)}`;
    const free = kind === null
      ? sql`coalesce(claimed_until, '-infinity') < case when claim is null
          then ${new Date(now() - PAUSE_MS)}::timestamptz else ${at} end`
      : sql`(claim is null or claimed_until < ${at})`;
    const [taken] = await sql<Row[]>`
      update reconcile_run set state = 'running', claim = ${name},
        claimed_until = ${until}
      where ended_at is null and ${free}
      returning ${columns}`;
    const [row] = taken || kind === null ? [taken] : await sql<Row[]>`
      insert into reconcile_run ${
      sql({
        kind,
        state: "running",
        startedAt: at,
        claim: name,
        claimedUntil: until,
      })
    } on conflict do nothing returning ${columns}`;
    if (!row) return null;
    // Deletes what earlier runs that nobody went on with have left.
    for (const table of OF_A_RUN) {
      await sql`delete from ${sql(table)} where run_id <> ${row.runId}`;
    }
    await sql`
      delete from reconcile_run where ended_at < ${new Date(now() - KEPT_MS)}`;
    return opened(row, name);
  }

  function opened(row: Row, name: string): Run {
    const { runId, startedAt } = row;
    const { tally } = report(row);
    const numbers = (queries: Queries) =>
      queries`counts = ${queries.json({ ...tally.counts })},
        calls = ${queries.json(tally.calls)},
        errors = ${queries.json(tally.errors)},
        progress = ${tally.progress && queries.json({ ...tally.progress })}`;
    return {
      runId,
      startedAt,
      tally,

      async hold(queries = sql) {
        const [mine] = await queries`
          update reconcile_run set claimed_until = ${new Date(
          now() + CLAIM_MS,
        )}, ${numbers(queries)}
          where run_id = ${runId} and claim = ${name} returning 1`;
        if (!mine) throw new Superseded();
      },

      async finish(state) {
        const at = new Date(now());
        return await sql.begin(async (sql) => {
          const [ended] = await sql<Row[]>`
            update reconcile_run set state = ${state}, claim = null,
              claimed_until = ${at}, ${numbers(sql)},
              ended_at = ${state === "cut" ? null : at}
            where run_id = ${runId} and claim = ${name}
            returning ${columns}`;
          if (!ended) throw new Superseded();
          if (state !== "cut") {
            for (const table of OF_A_RUN) {
              await sql`delete from ${sql(table)} where run_id = ${runId}`;
            }
          }
          return report(ended).report;
        });
      },
    };
  }

  return {
    claim,
    async latest() {
      const [row] = await sql<Row[]>`
        select ${columns} from reconcile_run
        order by started_at desc, run_id desc limit 1`;
      return row ? report(row).report : null;
    },
  };
}

function report(row: Row): { tally: Tally; report: RunReport } {
  const tally = newTally({
    counts: JSON.parse(row.counts),
    calls: JSON.parse(row.calls),
    errors: JSON.parse(row.errors),
    progress: row.progress === null ? null : JSON.parse(row.progress),
  });
  return { tally, report: { ...row, ...tally } };
}
