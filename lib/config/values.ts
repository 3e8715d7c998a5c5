/** How the text of a variable is read. */
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

/** This machine, or one of the same network: RFC 1918, or a name without a domain. */
export function isNear(hostname: string): boolean {
  return isLoopback(hostname) || !/[.:]/.test(hostname) ||
    /\.(local|internal|lan|localhost)$/.test(hostname) ||
    /^(127|10)\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\./.test(hostname);
}
