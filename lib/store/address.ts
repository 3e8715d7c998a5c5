/**
 * `DATABASE_URL` as providers print it, read into what the driver may be told.
 * The driver would send each parameter that it does not know to the server, which
 * refuses the connection, and a careless password makes it throw with the whole
 * address in the message. So the address is read here, by the rules of libpq
 * (PostgreSQL 15, 34.1.1.2), and the driver never sees its text. What is wrong is
 * told in our own words: no part of the address is ever in them.
 */
import { AddressError } from "./address_error.ts";
import {
  readParameters,
  type Role,
  type Settings,
} from "./address_parameters.ts";

export { AddressError } from "./address_error.ts";

export interface DatabaseAddress extends Settings {
  /** Tried in turn; one entry unless several are given. */
  readonly hosts: readonly Host[];
  /** undefined: the name of the system's user. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** undefined: the user's name. */
  readonly database: string | undefined;
  /** Whether it leads to a transaction pooler; null when that cannot be told. */
  readonly pooled: boolean | null;
}

export interface Host {
  /** A name, an IP address (v6 without brackets) or the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
}

const ENCODE =
  "user and password may hold / ? # @ % and blanks only percent-encoded (/ as %2F, ? as %3F, # as %23, @ as %40, % as %25, a blank as %20)";
const POSTGRES_PORT = 5432;
/** Supabase's and PgBouncer's own ports for poolers. */
const POOLER_PORTS: readonly number[] = [6543, 6432];
/** Neon's pooled hosts: ep-…-pooler.….neon.tech. */
const POOLER_HOST = /-pooler\./;

/** Throws `AddressError`. */
export function readAddress(
  text: string,
  role: Role = "primary",
): DatabaseAddress {
  const scheme = /^postgres(ql)?:\/\//i.exec(text);
  if (!scheme) throw new AddressError("is not a postgres:// address");
  const rest = text.slice(scheme[0].length);
  // deno-lint-ignore no-control-regex -- they are what must not be there
  if (/[\s#\u0000-\u001f\u007f]|%(?![0-9a-f]{2})/i.test(rest)) {
    throw new AddressError(`cannot be read: ${ENCODE}`);
  }
  // Whatever stands before an @ that is left over was meant for the password.
  const [, authority = "", path = "", query = ""] =
    /^([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/.exec(rest) ?? [];
  const parts = authority.split("@");
  if (parts.length > 2 || path.includes("@") || query.includes("@")) {
    throw new AddressError(`cannot be read: ${ENCODE}`);
  }
  if (path.includes("/")) {
    throw new AddressError("has more than the name of a database in its path");
  }
  const [login, server] = parts.length === 2 ? parts : ["", authority];
  const colon = login?.indexOf(":") ?? -1;
  const { instead, ...settings } = readParameters(query, role);
  const hosts = instead.host === undefined
    ? readHosts(server ?? "", instead.port)
    : readHosts(encodeSockets(instead.host), instead.port);
  return {
    ...settings,
    hosts,
    user: instead.user ?? decode(colon < 0 ? login : login?.slice(0, colon)),
    password: instead.password ??
      (colon < 0 ? undefined : decode(login?.slice(colon + 1))),
    database: instead.dbname ?? decode(path),
    pooled: settings.pooled ??
      (hosts.some(({ host, port }) =>
          POOLER_PORTS.includes(port) || POOLER_HOST.test(host)
        )
        ? true
        : null),
  };
}

/** Hosts between commas, each with its own port. */
function readHosts(text: string, ports: string | undefined): Host[] {
  const given = ports?.split(",");
  const names = text.split(",");
  const hosts = names.map((part, at) => {
    const [, six, plain = "", own] =
      /^(?:\[([\w:.%-]+)\]|([^:[\]]*))(?::(\d{1,5})?)?$/i.exec(part) ??
        refuseHost();
    const port = Number(
      (given?.[given.length === 1 ? 0 : at] ?? own) || POSTGRES_PORT,
    );
    if (!(port >= 1 && port <= 65_535)) refuseHost();
    const host = six ?? decode(plain) ?? "localhost";
    const socket = host.startsWith("/");
    if (!socket && six === undefined && !/^[\p{L}\p{N}._-]+$/u.test(host)) {
      refuseHost();
    }
    return { host: decode(host) ?? host, port };
  });
  if (hosts.length > 1 && hosts.some(({ host }) => host.startsWith("/"))) {
    throw new AddressError("mixes a unix socket with other hosts");
  }
  return hosts;
}

function refuseHost(): never {
  throw new AddressError(
    `has no host and port that can be read: if they are right, ${ENCODE}`,
  );
}

/** A `host` parameter holds a socket's path as it is, addresses without brackets. */
function encodeSockets(hosts: string): string {
  return hosts.split(",").map((host) =>
    host.includes(":") ? `[${host}]` : encodeURIComponent(host)
  ).join(",");
}

function decode(text: string | undefined): string | undefined {
  if (!text) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AddressError("holds a percent-encoding that is no UTF-8");
  }
}
