/**
 * Whose address a request came from: the connection's, unless that is a proxy of
 * ours that was named, which tells the client's in a header. From anybody else
 * that header is only a text.
 */
import { BlockList, isIP } from "node:net";

export interface Proxies {
  /** Addresses and networks (`10.0.0.0/8`) of the proxies in front. */
  readonly trusted: readonly string[];
  /** In which header they tell the client's address. */
  readonly header: string;
}

/** null: it is no address or network. */
export function networkOf(text: string): [string, number] | null {
  const [address = "", bits] = text.split("/");
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  const isGood = family !== 0 && Number.isInteger(prefix) && prefix >= 0 &&
    prefix <= most;
  return isGood ? [address, prefix] : null;
}

export function createClientAddress(
  { trusted, header }: Proxies,
): (headers: Headers, remote: Deno.Addr) => string | null {
  const proxies = new BlockList();
  for (const text of trusted) {
    const network = networkOf(text);
    if (network) proxies.addSubnet(...network, familyOf(network[0]));
  }
  const isProxy = (address: string) =>
    isIP(address) !== 0 && proxies.check(address, familyOf(address));

  return (headers, remote) => {
    if (!("hostname" in remote)) return null;
    const { hostname } = remote;
    if (!isProxy(hostname)) return hostname;
    // Each proxy adds whom it heard from; what stands left of a stranger is theirs.
    const told = (headers.get(header) ?? "").split(",")
      .map((part) => withoutPort(part.trim()));
    const client = told.findLast((address) => !isProxy(address));
    return client && isIP(client) !== 0 ? client : hostname;
  };
}

/** Some proxies tell the port, too: `1.2.3.4:5678`, `[2001:db8::1]:443`. */
function withoutPort(text: string): string {
  const [, six, four] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(text) ??
    [];
  return six ?? four ?? text;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
