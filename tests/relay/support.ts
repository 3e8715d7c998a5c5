/** A relay that listens, and requests as the app signs them. */
import { Secret } from "../../lib/config/mod.ts";
import { createLog } from "../../lib/http/log.ts";
import { createRelay } from "../../lib/relay/relay.ts";
import { sign } from "../../lib/relay/signature.ts";

export const KEY = new Secret("relay-key-0123456789-ABCDEFGHIJKLMNOP");
export const FORMER = new Secret("former-key-0123456789-ABCDEFGHIJKLMNO");
export const STRANGERS = new Secret("another-key-0123456789-ABCDEFGHIJKLMN");

export interface Relay {
  base: string;
  /** Of the requests that came, with their headers. */
  addresses: string[];
  logText(): string;
}

export async function withRelay<T>(
  upstream: string,
  fn: (relay: Relay) => Promise<T>,
  secrets = [KEY],
): Promise<T> {
  const lines: string[] = [];
  const addresses: string[] = [];
  // It has been there for a while: what is signed now is later than its start.
  let aheadMs = 10_000;
  const handle = createRelay({
    secrets,
    upstream,
    fetch,
    now: () => Date.now() - aheadMs,
    log: createLog("debug", (line) => lines.push(line)),
  });
  aheadMs = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      addresses.push(request.url);
      return handle(request);
    },
  );
  try {
    return await fn({
      base: `http://127.0.0.1:${server.addr.port}`,
      addresses,
      logText: () => lines.join("\n"),
    });
  } finally {
    await server.shutdown();
  }
}

export const PATH = "/cgi-bin/externalcontact/remark";
export const BODY = JSON.stringify({ userid: "d1" });

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | null;
}

export async function signed(
  { secret = KEY, path = PATH, body = BODY, method = "POST", at = Date.now() } =
    {},
): Promise<Asked> {
  const headers = await sign(secret, {
    method,
    url: `http://relay${path}`,
    query: "access_token=token",
    body: new TextEncoder().encode(body),
  }, at);
  return { method, path, headers, body: method === "GET" ? null : body };
}

export const send = ({ base }: Relay, { path, method, headers, body }: Asked) =>
  fetch(base + path, { method, headers, body });
