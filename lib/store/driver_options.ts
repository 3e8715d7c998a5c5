/**
 * What the driver is told of an address. Certificates are read here, so that a
 * file that is not there is told before anything connects.
 */
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { Options } from "postgres";
import { AddressError, type DatabaseAddress, type Host } from "./address.ts";

// deno-lint-ignore ban-types -- no types of our own
type DriverOptions = Options<{}>;

/** Throws `AddressError` when the certificates cannot be read. */
export function driverOptions(address: DatabaseAddress): DriverOptions {
  const { hosts, startup, target } = address;
  const [{ host, port } = { host: "localhost", port: 5432 }] = hosts;
  return {
    ...(host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : {
      // Its types know one host only. A host in a list is never looked at for a
      // port, which would cut an IPv6 address.
      host: hosts.map((one) => one.host) as unknown as string,
      port: hosts.map((one) => one.port) as unknown as number,
    }),
    ...given("user", address.user),
    ...given("database", address.database),
    ...given("password", address.password),
    ...given("connect_timeout", address.connectTimeoutSeconds ?? undefined),
    // Of a standby it takes "read-write" to be true: it looks at a setting that is
    // off there, too (`src/connection.js` 792).
    ...given(
      "target_session_attrs",
      target === "read-write" ? "primary" : target ?? undefined,
    ),
    ...(address.pooled ? { prepare: false } : {}),
    ssl: tls(address),
    connection: startup,
  };
}

function tls({ tls: { mode, rootCertificates }, hosts }: DatabaseAddress) {
  if (mode === "off") return false;
  if (mode === "prefer" || mode === "require") return mode;
  return {
    ...(rootCertificates ? { ca: readRoots(rootCertificates) } : {}),
    rejectUnauthorized: true,
    checkServerIdentity: (name: string, certificate: PeerCertificate) =>
      mode === "ca" ? undefined : checkHost(hosts, name, certificate),
  };
}

/** Of a host that is an IP address the driver tells no name: "localhost" comes. */
function checkHost(
  hosts: readonly Host[],
  name: string,
  certificate: PeerCertificate,
): Error | undefined {
  const addresses = hosts.filter(({ host }) => isIP(host) !== 0);
  if (addresses.length === 0 || hosts.some(({ host }) => host === name)) {
    return checkServerIdentity(name, certificate);
  }
  const answers = addresses.map(({ host }) =>
    checkServerIdentity(host, certificate)
  );
  return answers.includes(undefined) ? undefined : answers[0];
}

function readRoots(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    // The cause would name the file: a part of the address.
    throw new AddressError(
      "has a parameter sslrootcert whose file cannot be read",
    );
  }
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { [key in Name]?: Value } {
  return value === undefined
    ? {}
    : { [name]: value } as { [key in Name]: Value };
}
