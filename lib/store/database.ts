/**
 * The connection to Postgres, or to PGlite in `DATA_DIR` behind its socket:
 * one driver and one dialect for both. PGlite is one session, so its pool is
 * small and its data directory belongs to one process (a lock file says so).
 */
import postgres, { type Sql, type TransactionSql } from "postgres";
import type { Secret } from "../config/secret.ts";

export type { Sql, TransactionSql };
/** A pool or a transaction: for queries that run in either. */
export type Queries = Sql | TransactionSql;

export interface Database {
  sql: Sql;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** null: embedded. */
  url: Secret | null;
  dataDir: string;
  /** Connections at most; 10 unless told, 4 for the embedded one. */
  max?: number;
}

/** Opens lazily: the first query connects. */
export async function openDatabase(
  options: DatabaseOptions,
): Promise<Database> {
  if (options.url) {
    const sql = connect(options.url.reveal(), options.max ?? 10);
    return { sql, close: () => sql.end({ timeout: 5 }) };
  }
  const { startEmbedded } = await import("./embedded.ts");
  const embedded = await startEmbedded(`${options.dataDir}/postgres`);
  const sql = connect(embedded.url, options.max ?? 4);
  return {
    sql,
    async close() {
      await sql.end({ timeout: 5 });
      await embedded.stop();
    },
  };
}

function connect(url: string, max: number): Sql {
  return postgres(url, {
    max,
    idle_timeout: 20,
    max_lifetime: 30 * 60,
    connect_timeout: 10,
    onnotice: () => {},
    transform: postgres.camel,
  });
}

/** SQLSTATE of an error from the database; null of any other. */
export function sqlState(error: unknown): string | null {
  return error instanceof postgres.PostgresError ? error.code : null;
}

/** unique_violation */
export const UNIQUE_VIOLATION = "23505";
