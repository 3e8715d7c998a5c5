/**
 * The connection to Postgres, or to PGlite in `DATA_DIR` behind its socket:
 * one driver and one dialect for both. PGlite is one session, so its pool has one
 * connection: a second would wait for the first without anybody noticing. Its data
 * directory belongs to one process (a lock file says so).
 */
import postgres from "postgres";
import { type DatabaseAddress, readAddress } from "./address.ts";
import { driverOptions } from "./driver_options.ts";
import { ARRAY_TYPES } from "./array_types.ts";
import type { Secret } from "../config/secret.ts";
import { MOST_IDLE_IN_TRANSACTION_MS } from "./pool/limits.ts";
import { createPool, type Pool } from "./pool/pool.ts";

export {
  isOutage,
  isTooLong,
  OutageError,
  sqlState,
  UNIQUE_VIOLATION,
} from "./errors.ts";
export type { PoolHealth } from "./pool/turnstile.ts";
export type { Fragment, Queries, Sql, TransactionSql } from "./sql.ts";

export type Database = Pool;

export interface DatabaseOptions {
  /** null: embedded. */
  url: Secret | null;
  dataDir: string;
  /** Where this process serves, for whoever finds the embedded one in use. */
  address?: string;
  /** Connections at most; 10 unless told, 1 for the embedded one. */
  max?: number;
}

/** Connections for searches: they load the server, whoever else is there. */
const SEARCHING = 2;
/** A page waits for 5 s in all. */
const SEARCH_MS = 3_500;

/** Opens lazily: the first query connects. */
export async function openDatabase(
  options: DatabaseOptions,
): Promise<Database> {
  if (options.url) {
    const address = readAddress(options.url.reveal());
    const { maxConnections: most } = address;
    const beside = mayHaveSearches(address) ? SEARCHING : 0;
    return connect(address, most ? most - beside : options.max ?? 10);
  }
  const { openEmbedded } = await import("./embedded.ts");
  const { dataDir, address = "" } = options;
  const embedded = await openEmbedded(dataDir, address);
  const pool = connect(readAddress(embedded.url), options.max ?? 1);
  return {
    ...pool,
    async close() {
      await pool.close();
      await embedded.stop();
    },
  };
}

/**
 * For searches, lists of everything and exports: few connections of their own,
 * and an end to each statement, so that nobody's order waits for them. Who allows
 * this process few connections has all use the same, and so has PGlite, which is
 * one session: null then.
 */
export function openForSearches(url: Secret | null): Database | null {
  if (!url) return null;
  const address = readAddress(url.reveal());
  if (!mayHaveSearches(address)) return null;
  return connect(address, SEARCHING, { runMs: SEARCH_MS });
}

/** Connections for reads at a replica, where nobody's order waits for them. */
const READING = 4;

/**
 * A replica: the connections for reads, with the limits that searches have, and one
 * to look at it. Opens lazily; nothing can be written through it.
 */
export function openReplica(url: Secret): { reads: Database; probe: Database } {
  const address = readAddress(url.reveal(), "replica");
  const { maxConnections: most } = address;
  const reading = most ? Math.max(most - 1, 1) : READING;
  const only = { runMs: SEARCH_MS, readOnly: true };
  return {
    reads: connect(address, reading, only),
    probe: connect(address, 1, only),
  };
}

function mayHaveSearches({ maxConnections }: DatabaseAddress): boolean {
  return (maxConnections ?? Infinity) >= 2 * SEARCHING;
}

function connect(
  address: DatabaseAddress,
  max: number,
  { runMs = Infinity, readOnly = false } = {},
): Pool {
  const { connection: startup = {}, ...options } = driverOptions(address);
  const connectSeconds = address.connectTimeoutSeconds ?? 10;
  return createPool({
    max,
    pooled: address.pooled,
    // Each host is tried in turn.
    limits: {
      openMs: 1000 * (connectSeconds * address.hosts.length + 1),
      runMs,
    },
    connect: ({ pooled, onclose }) =>
      postgres({
        ...options,
        connect_timeout: connectSeconds,
        ...(pooled ? { prepare: false } : {}),
        connection: pooled ? startup : {
          ...SESSION,
          ...(readOnly ? READ_ONLY : {}),
          ...startup,
        },
        max: 1,
        // The pool ends its connections itself, and earlier.
        idle_timeout: 60,
        max_lifetime: 60 * 60,
        fetch_types: false,
        types: ARRAY_TYPES,
        onnotice: () => {},
        ...(onclose ? { onclose } : {}),
        transform: postgres.camel,
      }),
  });
}

/** What the server is told when a connection starts; a pooler would refuse it. */
const SESSION = {
  idle_in_transaction_session_timeout: MOST_IDLE_IN_TRANSACTION_MS,
  // A statement takes some milliseconds: to start processes of the server for it,
  // or to compile it, takes more. (The driver sends no number that is 0.)
  max_parallel_workers_per_gather: "0",
  jit: "off",
  // To plan one anew takes as long, and what is asked is written so that one plan is
  // right for all: to weigh the values that come would keep that from being seen.
  plan_cache_mode: "force_generic_plan",
};
/** Also when the address leads to a server that may be written. */
const READ_ONLY = { default_transaction_read_only: true };
