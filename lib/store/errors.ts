/**
 * What an error of the database means: whether the connection is gone with it,
 * and whether the same query may do later.
 */
import postgres from "postgres";

/** No answer came, or none is known: the query may have been done or not. */
export class OutageError extends Error {
  override readonly name = "OutageError";

  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** SQLSTATE of an error from the database; null of any other. */
export function sqlState(error: unknown): string | null {
  return error instanceof postgres.PostgresError ? error.code : null;
}

/** Codes of the driver, of our pool and of the system. */
const UNREACHABLE = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_DESTROYED",
  "CONNECTION_ENDED",
  "CONNECT_TIMEOUT",
  "POOL_TIMEOUT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EPIPE",
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

/** The connection that answered so is of no use any more (PostgreSQL, 20.8). */
export function endsConnection(error: unknown): boolean {
  if (error instanceof postgres.PostgresError) {
    return error.severity === "FATAL" || error.severity === "PANIC";
  }
  return isOutage(error);
}

/** unique_violation */
export const UNIQUE_VIOLATION = "23505";
