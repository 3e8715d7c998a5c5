/**
 * The connection to Postgres, or to PGlite in `DATA_DIR` behind its socket:
 * one driver and one dialect for both. PGlite is one session, so its pool is
 * small and its data directory belongs to one process (a lock file says so).
 */
import postgres, {
  type PendingQuery,
  type Row,
  type Sql,
  type TransactionSql,
} from "postgres";
import { readAddress } from "./address.ts";
import { driverOptions } from "./driver_options.ts";
import type { Secret } from "../config/secret.ts";

export type { Sql, TransactionSql };
/** A part of a query. */
export type Fragment = PendingQuery<Row[]>;
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
  const address = readAddress(url);
  const sql = postgres({
    max: address.maxConnections ?? max,
    idle_timeout: 20,
    max_lifetime: 30 * 60,
    connect_timeout: 10,
    ...driverOptions(address),
    onnotice: () => {},
    transform: postgres.camel,
  });
  return outliveCuts(sql);
}

/** What the driver says of a connection that is gone. */
const GONE = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "ECONNRESET",
  "EPIPE",
]);

/**
 * When a connection breaks inside a transaction, postgres.js 3.4.9 rejects the
 * transaction at once, but would still write to the connection: its `rollback`
 * (its issues 1066, 1154 and 1208), and whatever the work asks next. Such a write
 * fails outside of every promise and ends the process. So the work's own
 * rejection is withheld then, and its further queries are rejected here.
 */
function outliveCuts(sql: Sql): Sql {
  listening ||= listen();
  const begin = sql.begin.bind(sql) as Begin;
  const safe: Begin = async (options, work) => {
    let over = false;
    try {
      return await begin(options, async (sql) => {
        try {
          return await work(untilOver(sql, () => over));
        } catch (error) {
          const { code } = error as { code?: string };
          if (code === undefined || !GONE.has(code)) throw error;
          return await new Promise<never>(() => {});
        }
      });
    } finally {
      over = true;
    }
  };
  return Object.assign(sql, {
    begin: (first: string | Work, work?: Work) =>
      typeof first === "string" && work
        ? safe(first, work)
        : safe("", first as Work),
  });
}

/** A transaction that asks nothing any more once it is over. */
function untilOver(sql: TransactionSql, over: () => boolean): TransactionSql {
  return new Proxy(sql, {
    apply(target, self, args) {
      if (over()) {
        throw Object.assign(new Error("The transaction is over"), {
          code: "CONNECTION_CLOSED",
        });
      }
      return Reflect.apply(target, self, args);
    },
  });
}

/**
 * A connection that breaks while the driver reads the array types for it leaves
 * a rejection that nobody can await; the query that opened it fails by itself.
 */
function listen(): true {
  addEventListener("unhandledrejection", (event) => {
    const { code } = (event.reason ?? {}) as { code?: string };
    if (code !== undefined && GONE.has(code)) event.preventDefault();
  });
  return true;
}
let listening = false;

type Work = (sql: TransactionSql) => unknown;
type Begin = (options: string, work: Work) => Promise<unknown>;

/** SQLSTATE of an error from the database; null of any other. */
export function sqlState(error: unknown): string | null {
  return error instanceof postgres.PostgresError ? error.code : null;
}

const UNREACHABLE = new Set([
  ...GONE,
  "CONNECT_TIMEOUT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "ETIMEDOUT",
]);
/** Connection, rollback, resources, intervention, system: classes of SQLSTATE. */
const PASSING = /^(08|40|53|57|58)/;

/** The database is out of reach or broke off: the same query may do later. */
export function isOutage(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== null) return PASSING.test(state);
  return error instanceof Error && "code" in error &&
    UNREACHABLE.has(String(error.code));
}

/** unique_violation */
export const UNIQUE_VIOLATION = "23505";
