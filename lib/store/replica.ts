/**
 * Lists and searches of everything, which may be some seconds behind: a hot standby
 * answers them while it keeps up (`replica_lag.ts`), and else the primary, with the
 * limits that searches have there. What may not be behind does not come here:
 *
 * - Somebody's own orders, an order, and how things stand with it are asked of the
 *   primary. So is who may see what: of an order that was handed on, a replica would
 *   still show the customer to the one before.
 * - Who changed something is answered by the primary until no replica that may
 *   answer can be from before (`own_changes.ts`, `http/current_reads.ts`).
 *
 * The replica is looked at in the transaction that asks it, so that it is the same
 * server behind a pooler or a balancer, too.
 */
import type { Log } from "../http/log.ts";
import type { Queries, Sql } from "./database.ts";
import { apartFor, limitNow, until } from "./deadline.ts";
import { isTooLong, OutageError, sqlState } from "./errors.ts";
import { mustBeCurrent } from "./own_changes.ts";
import type { Pool } from "./pool/pool.ts";
import type { PoolHealth } from "./pool/turnstile.ts";
import {
  lagOf,
  mayAnswer,
  MOST_LAG_MS,
  note,
  type Noted,
} from "./replica_lag.ts";
import {
  ReplicaTrouble,
  type Rest,
  restAfter,
  type Trouble,
  troubleOf,
} from "./replica_rest.ts";
import {
  createStanding,
  isCopy,
  type PrimaryStanding,
} from "./replica_standing.ts";

export interface StaleReads {
  /** Whether answers may be from before: there is a replica. */
  readonly lags: boolean;
  /** Does `work`, which only reads; on another server once more if the first fails. */
  read<T>(work: (sql: Queries) => Promise<T>): Promise<T>;
}

export interface ReplicaHealth extends PoolHealth {
  answers: "replica" | "primary";
  /** How long the oldest change that is missing has been; null: not known. */
  lagMs: number | null;
  /** Why the primary answers. */
  trouble?: Trouble;
  since?: Date;
}

export interface Replica extends StaleReads {
  health(): Promise<ReplicaHealth>;
  /** Looks at it now; why it does not answer, or null. */
  tryOut(): Promise<Trouble | null>;
  close(): Promise<void>;
  hangUp(): void;
}

export interface ReplicaDeps {
  /** Where searches go without one. */
  primary: Sql;
  /** Its connections for reads, and one to look at it beside them. */
  reads: Pool;
  probe: Pool;
  now: () => number;
  /** ms that never go back. */
  elapsed: () => number;
  log: Log;
  /** For tests on a machine that is slow itself. */
  silentMs?: number;
  lookMs?: number;
}

/** A replica that says nothing for so long is not waited for. */
const SILENT_MS = 1_000;
/** A look waits longer: it opens a connection as a rule. */
const LOOK_MS = 2_000;
/** How often the primary is asked for its position, at most. */
const NOTE_MS = 1_000;

export function createReplica(deps: ReplicaDeps): Replica {
  const { primary, reads, probe, now, elapsed, log } = deps;
  const { silentMs = SILENT_MS, lookMs = LOOK_MS } = deps;
  const standing = createStanding();
  let noted: Noted[] = [];
  let reached: number | null = null;
  let origin: PrimaryStanding | null = null;
  let lagMs: number | null = null;
  let rest: Rest | null = null;
  let since = new Date(now());
  let noting: Promise<boolean> | null = null;
  let looking: Promise<Trouble | null> | null = null;
  let closed = false;

  /** False when the primary does not tell. Never rejects. */
  function notePosition(): Promise<boolean> {
    const last = noted.at(-1);
    const age = last ? elapsed() - last.at : Infinity;
    if (age < NOTE_MS || closed) return Promise.resolve(true);
    noting ??= apartFor(lookMs, askPrimary)
      .then(() => true, () => false).finally(() => noting = null);
    // One that is some seconds old does as well, and costs nobody a wait.
    return age < MOST_LAG_MS / 2 ? Promise.resolve(true) : noting;
  }

  async function askPrimary(): Promise<void> {
    const at = elapsed();
    origin = await standing.ofPrimary(primary);
    noted = note(noted, { position: origin.position, at }, reached);
  }

  /** Throws `ReplicaTrouble`. */
  async function check(sql: Queries): Promise<void> {
    const found = await standing.ofReplica(sql);
    if (origin && !isCopy(found, origin)) throw new ReplicaTrouble("foreign");
    if (!found.standby) throw new ReplicaTrouble("no-standby");
    reached = found.position;
    const lag = lagOf(noted, found, elapsed());
    lagMs = Math.round(lag.atLeastMs);
    if (!mayAnswer(lag, found)) throw new ReplicaTrouble("lag");
  }

  function leaveAlone(trouble: Trouble, error: unknown): void {
    // Several failed at once, or while it rests, or by the end of all.
    if (closed || rest && elapsed() < rest.until) return;
    if (rest?.trouble !== trouble) {
      since = new Date(now());
      const code = error instanceof OutageError ? error.code : sqlState(error);
      log("warn", "replica.resting", { trouble, code, lagMs });
    }
    if (trouble !== "lag") lagMs = null;
    rest = restAfter(rest, trouble, elapsed());
  }

  function tryOut(): Promise<Trouble | null> {
    return looking ??= apartFor(lookMs, look).finally(() => looking = null);
  }

  async function look(): Promise<Trouble | null> {
    if (!await notePosition()) return rest?.trouble ?? null;
    try {
      await check(probe.sql);
      if (rest) log("info", "replica.answers", { lagMs });
      rest = null;
      return null;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === "conflict") return null;
      leaveAlone(trouble ?? "away", error);
      return rest?.trouble ?? null;
    }
  }

  /** Whether it may be asked; when its rest is over, somebody looks meanwhile. */
  function isWell(): boolean {
    if (!rest) return true;
    if (elapsed() >= rest.until && !closed) void tryOut();
    return false;
  }

  /** null: the primary is to be asked. */
  async function ask<T>(
    work: (sql: Queries) => Promise<T>,
  ): Promise<{ answer: T } | null> {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), silentMs);
    const checked = async (sql: Queries) => {
      await check(sql);
      clearTimeout(timer);
      return { answer: await work(sql) };
    };
    try {
      return await until(
        silent.signal,
        () => reads.sql.begin("read only", checked),
      );
    } catch (error) {
      if (silent.signal.aborted) {
        // Others may be in its way only: one connection looks at it alone.
        if (!closed) void tryOut();
        return null;
      }
      if (limitNow()?.aborted || isTooLong(error)) throw error;
      const trouble = troubleOf(error);
      if (!trouble) throw error;
      if (trouble !== "conflict") leaveAlone(trouble, error);
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    lags: true,
    async read(work) {
      const may = !mustBeCurrent() && isWell() && await notePosition();
      const asked = may ? await ask(work) : null;
      return asked ? asked.answer : await work(primary);
    },
    async health() {
      if (!rest || elapsed() >= rest.until) await tryOut();
      return {
        answers: rest ? "primary" : "replica",
        lagMs,
        ...rest ? { trouble: rest.trouble, since } : {},
        ...reads.health(),
      };
    },
    tryOut,
    async close() {
      closed = true;
      await Promise.all([reads.close(), probe.close()]);
      await Promise.all([noting, looking]);
    },
    hangUp() {
      closed = true;
      reads.hangUp();
      probe.hangUp();
    },
  };
}
