/** How the text of a variable is read. */
import { BlockList, isIP } from "node:net";
import type { Variables } from "./variables.ts";

export type Environment = (name: string) => string | undefined;

/** A blank variable is one that is not set. */
export function present(value: string | undefined): string | undefined {
  const trimmed = value?.trim();
  return trimmed ? trimmed : undefined;
}

/** null when it is not set or no origin that WeCom may be told. */
export function originOf(v: Partial<Variables>): string | null {
  if (v.PUBLIC_ORIGIN === undefined || !URL.canParse(v.PUBLIC_ORIGIN)) {
    return null;
  }
  const url = new URL(v.PUBLIC_ORIGIN);
  const trusted = url.protocol === "https:" ||
    (url.protocol === "http:" && isLoopback(url.hostname));
  const more = url.username || url.password || url.search || url.hash;
  return trusted && url.pathname === "/" && !more ? url.origin : null;
}

export function isLoopback(hostname: string): boolean {
  return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

/**
 * This machine, or one of the same network: a private address, or a name that no
 * public name server answers. Names that begin like an address are anybody's.
 */
export function isNear(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, "");
  const family = isIP(address);
  if (family !== 0) {
    return PRIVATE.check(address, family === 6 ? "ipv6" : "ipv4");
  }
  // `.svc` is a cluster's own.
  return !address.includes(".") ||
    /\.(local|internal|lan|localhost|svc)$/.test(address);
}

const PRIVATE = privateNetworks();

/** RFC 1918, 6598 (between carriers and in clouds) and 4193, and this machine. */
function privateNetworks(): BlockList {
  const list = new BlockList();
  list.addSubnet("127.0.0.0", 8);
  list.addSubnet("10.0.0.0", 8);
  list.addSubnet("172.16.0.0", 12);
  list.addSubnet("192.168.0.0", 16);
  list.addSubnet("100.64.0.0", 10);
  list.addAddress("::1", "ipv6");
  list.addSubnet("fc00::", 7, "ipv6");
  return list;
}
