/**
 * The parameters of `DATABASE_URL`: those of libpq, and those that Neon, Supabase
 * and others print for the drivers of other languages. Each is used, or left out
 * because nothing depends on it, or refused by its name; names come from the lists
 * here, since what looks like a parameter may be a piece of a password.
 */
import { AddressError } from "./address_error.ts";

export interface Settings {
  readonly tls: Tls;
  readonly pooled: boolean | null;
  /** null: as many as the product likes. */
  readonly maxConnections: number | null;
  readonly connectTimeoutSeconds: number | null;
  /** Which of several hosts is wanted; null: the first that answers. */
  readonly target: "read-write" | "primary" | "standby" | null;
  /** What the server is told when a connection starts. */
  readonly startup: Readonly<Record<string, string>>;
}

/**
 * `prefer` encrypts if the server can, `require` always, both without a look at
 * the certificate; `ca` checks who signed it, `full` its host name as well.
 */
export interface Tls {
  readonly mode: "off" | "prefer" | "require" | "ca" | "full";
  /** File with the certificates that are trusted; null: the public ones. */
  readonly rootCertificates: string | null;
}

/** What the address is to lead to. */
export type Role = "primary" | "replica";

/** Parameters that stand for a part of the address itself. */
type Instead = Partial<
  Record<"host" | "port" | "user" | "password" | "dbname", string>
>;

const SSL_MODES: Readonly<Record<string, Tls["mode"]>> = {
  disable: "off",
  allow: "prefer",
  prefer: "prefer",
  require: "require",
  "no-verify": "require",
  "verify-ca": "ca",
  "verify-full": "full",
};

/** Settings of a session; a transaction pooler knows none but the first. */
const SESSION = [
  "application_name",
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "search_path",
  "timezone",
  "options",
] as const;

/** Other names of the same. */
const ALIASES: Readonly<Record<string, string>> = {
  ApplicationName: "application_name",
  fallback_application_name: "application_name",
  schema: "search_path",
  currentSchema: "search_path",
  TimeZone: "timezone",
  connectTimeout: "connect_timeout",
};

/** How drivers are told that prepared statements do not last. */
const UNPREPARED: readonly (readonly [string, string])[] = [
  ["pgbouncer", "true"],
  ["prepare", "false"],
  ["prepared_statements", "false"],
  ["statement_cache_size", "0"],
  ["prepareThreshold", "0"],
];

const USED = new Set<string>([
  ...["host", "port", "user", "password", "dbname"],
  ...["sslmode", "sslrootcert", "ssl", "connection_limit", "connect_timeout"],
  ...["target_session_attrs", "client_encoding"],
  ...UNPREPARED.map(([name]) => name),
  ...SESSION,
  ...Object.keys(ALIASES),
]);

/**
 * Nothing depends on them: limits that the pool has of its own, marks of origin,
 * and the binding to the TLS channel, which the driver does not offer.
 */
const LEFT_OUT = new Set([
  ...["channel_binding", "pool_timeout", "socket_timeout", "pool_mode"],
  ...["supa", "workaround", "uselibpqcompat", "load_balance_hosts"],
  ...["sslcompression", "sslsni", "sslnegotiation", "gssencmode", "gsslib"],
  ...["krbsrvname", "keepalives", "keepalives_idle", "keepalives_interval"],
  ...["keepalives_count", "tcp_user_timeout", "max_idle_connection_lifetime"],
  ...["max", "idle_timeout", "max_lifetime", "max_pipeline", "keep_alive"],
  ...["fetch_types", "debug", "backoff", "tcpKeepAlive", "loginTimeout"],
]);

/** They ask for something that would silently not be done. */
const REFUSED = new Set([
  ...["hostaddr", "passfile", "service", "require_auth", "requirepeer"],
  ...["sslcert", "sslkey", "sslpassword", "sslcrl", "sslcrldir", "sslcertmode"],
  ...["sslidentity", "sslaccept", "sslfactory", "ssl_min_protocol_version"],
  ...["ssl_max_protocol_version", "replication", "gssdelegation"],
]);

/** Throws `AddressError` that names the parameter to drop or to mend. */
export function readParameters(
  query: string,
  role: Role,
): Settings & { instead: Instead } {
  const given = split(query);
  const pooled = readPooled(given);
  return {
    tls: readTls(given),
    pooled,
    maxConnections: whole(given, "connection_limit", 1, 1000),
    connectTimeoutSeconds: whole(given, "connect_timeout", 0, 600) || null,
    target: readTarget(given, role),
    startup: readStartup(given, pooled === true),
    instead: pick(given, ["host", "port", "user", "password", "dbname"]),
  };
}

type Given = ReadonlyMap<string, string>;

function split(query: string): Given {
  const given = new Map<string, string>();
  const pairs = query.split("&").filter(Boolean);
  for (const [at, pair] of pairs.entries()) {
    const [raw = "", ...value] = pair.split("=");
    const name = ALIASES[raw] ?? raw;
    if (REFUSED.has(raw)) {
      throw new AddressError(`has the parameter ${raw}, not offered: drop it`);
    }
    if (!USED.has(raw) && !LEFT_OUT.has(raw)) {
      throw new AddressError(
        `has a parameter that is not known (number ${at + 1} of ` +
          `${pairs.length} after the question mark): drop it`,
      );
    }
    const text = decode(raw, value.join("="));
    if (USED.has(raw) && text !== "") given.set(name, text);
  }
  return given;
}

function decode(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw wrong(name, "holds a percent-encoding that is no UTF-8");
  }
}

function readTls(given: Given): Tls {
  const root = given.get("sslrootcert");
  const system = root === "system" || root === undefined;
  const rootCertificates = system ? null : root;
  const asked = given.get("sslmode");
  if (asked === undefined) {
    const on = given.get("ssl");
    if (on !== undefined && !["true", "1", "false", "0"].includes(on)) {
      throw wrong("ssl", "is neither true nor false");
    }
    const full = on === "true" || on === "1" || root !== undefined;
    return { mode: full ? "full" : "off", rootCertificates };
  }
  const mode = SSL_MODES[asked];
  if (mode === undefined) {
    throw wrong("sslmode", `is none of ${Object.keys(SSL_MODES).join(", ")}`);
  }
  // As libpq has it: trusted roots that are given are not given for nothing.
  if (mode === "require" && rootCertificates) {
    return { mode: "ca", rootCertificates };
  }
  return { mode: root === "system" ? "full" : mode, rootCertificates };
}

function readPooled(given: Given): boolean | null {
  if (UNPREPARED.some(([name, value]) => given.get(name) === value)) {
    return true;
  }
  return given.get("pgbouncer") === "false" ? false : null;
}

function readTarget(given: Given, role: Role): Settings["target"] {
  const target = given.get("target_session_attrs") ?? "any";
  if (target === "any") return null;
  if (role === "replica") {
    if (STANDBYS.includes(target)) return "standby";
    throw wrong("target_session_attrs", "must be standby or any for a replica");
  }
  if (target === "read-write" || target === "primary") return target;
  throw wrong("target_session_attrs", "must be read-write, primary or any");
}
/** A server that may be written is no replica, whatever the address prefers. */
const STANDBYS = ["standby", "prefer-standby", "read-only"];

function readStartup(given: Given, pooled: boolean): Record<string, string> {
  const encoding = given.get("client_encoding") ?? "utf8";
  if (!/^utf-?8$/i.test(encoding)) {
    throw wrong("client_encoding", "must be UTF8: drop it");
  }
  const startup: Record<string, string> = pick(given, SESSION);
  // It is the default, and poolers refuse to be told.
  if (startup.search_path === "public") delete startup.search_path;
  for (const name of Object.keys(startup)) {
    if (!pooled || name === "application_name") continue;
    // Neon and Supabase name the project so; their poolers read it themselves.
    if (/^(endpoint|project|reference)=/.test(startup[name] ?? "")) continue;
    throw wrong(
      name,
      "does not pass a transaction pooler: drop it, and set it for the role with alter role … set",
    );
  }
  return startup;
}

function pick<Name extends string>(
  given: Given,
  names: readonly Name[],
): Partial<Record<Name, string>> {
  const found: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const value = given.get(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

function whole(
  given: Given,
  name: string,
  least: number,
  most: number,
): number | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw wrong(name, `is no whole number from ${least} to ${most}`);
}

function wrong(name: string, problem: string): AddressError {
  const others = Object.keys(ALIASES).filter((other) =>
    ALIASES[other] === name
  );
  const names = [name, ...others].join(" or ");
  return new AddressError(`has a parameter ${names} that ${problem}`);
}
