/**
 * People who ask without a pause, over connections that stay open. Speaks plain
 * HTTP on sockets, so that it takes little of the machine that is measured. A
 * script: its argument is a `Load` as JSON, it prints a `Loaded`.
 */
import { runChild } from "./child.ts";
import { median } from "./row.ts";

export interface Load {
  port: number;
  /** What a person asks one after the other, as whole HTTP requests. */
  click: string[];
  people: number;
  ms: number;
  /** Goes on for longer until so many clicks were made, of all people. */
  least?: number;
}

export interface Loaded {
  clicksPerSecond: number;
  p50Ms: number;
  clicks: number;
}

/** In a process of its own. Throws when an answer is not 200. */
export function load(given: Load): Promise<Loaded> {
  return runChild<Loaded>("load.ts", given);
}

/** A request as it goes over the wire. */
export function request(
  method: string,
  path: string,
  headers: Record<string, string>,
  body = "",
): string {
  const size = new TextEncoder().encode(body).length;
  const lines = Object.entries({
    ...headers,
    ...(body === "" ? {} : { "content-length": String(size) }),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}

const END = new TextEncoder().encode("\r\n\r\n");
const LAST_CHUNK = "0\r\n\r\n";

async function measure(
  { port, click, people, ms, least = 0 }: Load,
): Promise<Loaded> {
  const requests = click.map((text) => new TextEncoder().encode(text));
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: people }, async () => {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay(true);
    // Everybody clicks once at least, however long that takes.
    do {
      const started = performance.now();
      for (const bytes of requests) await ask(connection, bytes);
      times.push(performance.now() - started);
    } while (performance.now() - began < ms || times.length < least);
  }));
  const seconds = (performance.now() - began) / 1000;
  return {
    clicksPerSecond: times.length / seconds,
    p50Ms: median(times),
    clicks: times.length,
  };
}

/** Sends it, and reads the answer to its end. */
async function ask(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await connection.write(bytes.subarray(sent));
  }
  const buffer = new Uint8Array(256 * 1024);
  let read = 0;
  let head: { length: number; total: number | null } | null = null;
  for (;;) {
    const more = await connection.read(buffer.subarray(read));
    if (more === null) throw new Error("The server hung up");
    read += more;
    head ??= readHead(buffer.subarray(0, read));
    if (!head) continue;
    if (head.total !== null ? read >= head.total : isLast(buffer, read)) return;
    if (read === buffer.length) {
      // Nobody looks at what is in between.
      buffer.copyWithin(0, read - LAST_CHUNK.length, read);
      if (head.total !== null) head.total -= read - LAST_CHUNK.length;
      read = LAST_CHUNK.length;
    }
  }
}

function readHead(bytes: Uint8Array) {
  const at = indexOf(bytes, END);
  if (at < 0) return null;
  const text = new TextDecoder().decode(bytes.subarray(0, at));
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(text.split("\r\n")[0]);
  const [, size] = /^content-length: (\d+)/im.exec(text) ?? [];
  const length = at + END.length;
  return { length, total: size === undefined ? null : length + Number(size) };
}

function isLast(buffer: Uint8Array, read: number): boolean {
  const tail = buffer.subarray(read - LAST_CHUNK.length, read);
  return new TextDecoder().decode(tail) === LAST_CHUNK;
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= bytes.length; at++) {
    if (wanted.every((byte, n) => bytes[at + n] === byte)) return at;
  }
  return -1;
}

if (import.meta.main) {
  const loaded = await measure(JSON.parse(Deno.args[0] ?? ""));
  // deno-lint-ignore no-console -- whoever started it reads this
  console.log(JSON.stringify(loaded));
}
