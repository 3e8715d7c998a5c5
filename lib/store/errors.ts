/**
 * What an error of the database means: whether the connection is gone with it,
 * and whether the same query may do later. What the server, the driver and the
 * system say of a connection names user, host or database, which are parts of
 * the address (and of its password, when that was not encoded): so it is said
 * here in other words.
 */
import postgres from "postgres";

/**
 * No answer came, or none is known: the query may have been done or not. Its
 * message shows nothing of the address; it has no cause, which would.
 */
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

/** Codes of the driver, of our pool, of the system and of TLS. */
const UNREACHABLE =
  /^(CONNECTION_(CLOSED|DESTROYED|ENDED)|CONNECT_TIMEOUT|POOL_TIMEOUT|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOENT|ENOTFOUND|EPIPE|ETIMEDOUT)$/;
const TLS =
  /^(CERT_|DEPTH_ZERO_|EPROTO|ERR_SSL_|ERR_TLS_|HOSTNAME_|SELF_SIGNED_|UNABLE_TO_)/;
/** Deno's TLS gives most of its errors no code. */
const TLS_WORDS = /certificate|\btls\b|handshake/i;
/** Connection, rollback, resources, intervention, system; and read-only for now. */
const PASSING = /^(08|40|53|57|58|25006)/;

/** The database is out of reach or broke off: the same query may do later. */
export function isOutage(error: unknown): boolean {
  if (error instanceof OutageError) return true;
  const state = sqlState(error);
  return state === null ? UNREACHABLE.test(codeOf(error)) : PASSING.test(state);
}

/** Wrong role, database or setting, and TLS that is not accepted. */
const MISTAKE = /^(22|28|3D|42)/;

/** An outage that may end by itself, without anybody changing an address. */
export function mayPass(error: unknown): boolean {
  const code = error instanceof OutageError
    ? error.code
    : sqlState(error) ?? "";
  return isOutage(error) && !MISTAKE.test(code) && !TLS.test(code) &&
    code !== "TLS";
}

/**
 * For the pool: the outage that an error of its driver is, whose connection is of
 * no use any more (FATAL and PANIC end it: PostgreSQL, 20.8); null of any other.
 */
export function outageOf(error: unknown): OutageError | null {
  if (error instanceof OutageError) return error;
  if (error instanceof postgres.PostgresError) {
    return /^(FATAL|PANIC)$/.test(error.severity)
      ? new OutageError(error.code, `${refusal(error.code)} (${error.code})`)
      : null;
  }
  if (!(error instanceof Error)) return null;
  const code = codeOf(error);
  if (UNREACHABLE.test(code)) {
    return new OutageError(code, `${breakOff(code)} (${code})`);
  }
  return TLS.test(code) || code === "" && TLS_WORDS.test(error.message)
    ? new OutageError(
      code || "TLS",
      "The certificate of the database is not accepted: check sslmode and " +
        `sslrootcert in DATABASE_URL${code && ` (${code})`}`,
    )
    : null;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** Nobody said hello in time. */
export function noAnswer(): OutageError {
  const code = "CONNECT_TIMEOUT";
  return new OutageError(code, `${breakOff(code)} (${code})`);
}

/** The time of the request is over. What was asked may have been done or not. */
export function overdue(): OutageError {
  return new OutageError("DEADLINE", "The time for the request is over");
}

/** It took longer than anything may here. */
export function tooLong(ms: number): OutageError {
  return new OutageError(TOO_LONG, `The statement took more than ${ms} ms`);
}
const TOO_LONG = "STATEMENT_TIMEOUT";

/** Did it take longer than anything may here? */
export function isTooLong(error: unknown): boolean {
  return error instanceof OutageError && error.code === TOO_LONG;
}

/** Why the server ended the connection, by its SQLSTATE. */
function refusal(state: string): string {
  if (state.startsWith("28")) {
    return "The database refuses the role, its password or the way it connects: check DATABASE_URL";
  }
  if (state === "3D000") {
    return "The server has no such database: check DATABASE_URL";
  }
  if (state.startsWith("53")) {
    return "The database has no connection left for this role";
  }
  if (/^(22|42)/.test(state)) {
    return "The database refuses a setting in DATABASE_URL";
  }
  return "The database ended the connection";
}

/** What became of the way to the server. */
function breakOff(code: string): string {
  switch (code) {
    case "EAI_AGAIN":
    case "ENOTFOUND":
      return "The host of the database has no address: check DATABASE_URL";
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ENOENT":
    case "ETIMEDOUT":
    case "CONNECT_TIMEOUT":
      return "No database answers at the host and port of DATABASE_URL";
    default:
      return "The connection to the database broke off " +
        "(at once: it may not offer the TLS that sslmode asks for)";
  }
}

/** unique_violation */
export const UNIQUE_VIOLATION = "23505";
