/**
 * The pool: what `lib/store` makes of postgres.js so that nothing acknowledged is
 * lost and a cut heals by itself. The driver makes queries and talks to the
 * server; who is served when, and on which connection, is decided here.
 */
import { OutageError, outageOf } from "../errors.ts";
import type { DriverSql, Sql } from "../sql.ts";
import { LIMITS, type Limits, MOST_IDLE_IN_TRANSACTION_MS } from "./limits.ts";
import { isPooler } from "./pooler.ts";
import { handlerOf, openSlot } from "./slot.ts";
import { createStatements, queriesOf } from "./statements.ts";
import { createTransactions } from "./transactions.ts";
import { createTurnstile, type PoolHealth } from "./turnstile.ts";

export interface Pool {
  sql: Sql;
  health(): PoolHealth;
  /** Serves who is there, for some seconds, then hangs up. */
  close(): Promise<void>;
  /** Ends what runs, on the server, too, and serves nobody any more. */
  hangUp(): void;
}

export interface PoolOptions {
  max: number;
  /** Whether a transaction pooler answers; null: find out. */
  pooled: boolean | null;
  /** A driver with one connection, opened by its first query. */
  connect(how: { pooled: boolean; onclose?: () => void }): DriverSql;
  limits?: Partial<Limits>;
}

export function createPool(options: PoolOptions): Pool {
  const limits = { ...LIMITS, ...options.limits };
  let { pooled } = options;
  const asking = new AbortController();
  let asked: Promise<void> | null = null;

  const turnstile = createTurnstile({
    max: options.max,
    limits,
    open() {
      if (pooled === null) {
        asked ??= ask();
        return null;
      }
      const how = { pooled };
      return openSlot(
        (onclose) => options.connect({ ...how, onclose }),
        (slot) => turnstile.lose(slot, brokenOff()),
      );
    },
  });

  async function ask(): Promise<void> {
    const late = setTimeout(() => asking.abort(), limits.openMs);
    try {
      pooled = await isPooler(
        () => options.connect({ pooled: false }),
        asking.signal,
      );
      turnstile.next();
    } catch (error) {
      turnstile.giveUp(
        outageOf(error) ?? (error instanceof Error ? error : brokenOff()),
      );
    } finally {
      clearTimeout(late);
      asked = null;
    }
  }

  // Makes queries and never connects.
  const maker = options.connect({ pooled: false });
  handlerOf(maker);
  const greeting =
    `set local idle_in_transaction_session_timeout = ${MOST_IDLE_IN_TRANSACTION_MS}`;
  const begin = createTransactions(turnstile, () => pooled ? greeting : null);
  const queries = queriesOf(maker, createStatements(turnstile));
  return {
    sql: Object.assign(queries, { begin }) as Sql,
    health: turnstile.health,
    hangUp: turnstile.hangUp,
    async close() {
      await turnstile.close();
      asking.abort();
      await asked;
    },
  };
}

function brokenOff(): OutageError {
  return new OutageError("CONNECTION_CLOSED", "The connection broke off");
}
