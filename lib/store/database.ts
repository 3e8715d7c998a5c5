/**
 * The connection to Postgres, or to PGlite in `DATA_DIR` behind its socket:
 * one driver and one dialect for both. PGlite is one session, so its pool has one
 * connection: a second would wait for the first without anybody noticing. Its data
 * directory belongs to one process (a lock file says so).
 */
import postgres from "postgres";
import { readAddress } from "./address.ts";
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

/** Opens lazily: the first query connects. */
export async function openDatabase(
  options: DatabaseOptions,
): Promise<Database> {
  if (options.url) return connect(options.url.reveal(), options.max ?? 10);
  const { openEmbedded } = await import("./embedded.ts");
  const { dataDir, address = "" } = options;
  const embedded = await openEmbedded(dataDir, address);
  const pool = connect(embedded.url, options.max ?? 1);
  return {
    ...pool,
    async close() {
      await pool.close();
      await embedded.stop();
    },
  };
}

function connect(url: string, max: number): Pool {
  const address = readAddress(url);
  const { connection: startup = {}, ...options } = driverOptions(address);
  const connectSeconds = address.connectTimeoutSeconds ?? 10;
  return createPool({
    max: address.maxConnections ?? max,
    pooled: address.pooled,
    // Each host is tried in turn.
    limits: { openMs: 1000 * (connectSeconds * address.hosts.length + 1) },
    connect: ({ pooled, onclose }) =>
      postgres({
        ...options,
        connect_timeout: connectSeconds,
        ...(pooled ? { prepare: false } : {}),
        connection: pooled ? startup : { ...SESSION, ...startup },
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
};
