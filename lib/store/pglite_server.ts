/**
 * Serves one PGlite to several connections. PGlite is a single session, so a
 * connection has it for itself from the first message of a query until the
 * server is ready for the next one outside a transaction. The socket server
 * that PGlite offers takes turns message by message: two connections then
 * overwrite each other's unnamed portal ("portal "" does not exist"), and one
 * failed message stops its queue for good.
 */
import type { PGlite } from "@electric-sql/pglite";
import { greet } from "./pglite_greeting.ts";
import { close, join, send } from "./pglite_wire.ts";

const SYNC = new Uint8Array([0x53, 0, 0, 0, 4]);
const READY = 0x5a;
const IDLE = 0x49;
const TERMINATE = 0x58;

export interface PgliteServer {
  port: number;
  /** Closes all connections; the database stays open. */
  stop(): Promise<void>;
}

/** Who does not know the password is turned away before the database is asked. */
export function servePglite(db: PGlite, password: string): PgliteServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const turns = createTurns();
  const open = new Map<Deno.Conn, Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      conn.setNoDelay(true);
      const talk = converse(db, password, conn, turns)
        // A client that goes away in the middle is its own business.
        .catch(() => {})
        .finally(() => open.delete(conn));
      open.set(conn, talk);
    }
  })();
  return {
    port: listener.addr.port,
    async stop() {
      listener.close();
      await accepting;
      const talks = [...open.values()];
      for (const conn of open.keys()) close(conn);
      await Promise.all(talks);
    },
  };
}

/** One connection from its first byte to its last. */
async function converse(
  db: PGlite,
  password: string,
  conn: Deno.Conn,
  turns: Turns,
) {
  let release: (() => void) | null = null;
  try {
    const greeted = await greet(conn, password);
    if (!greeted) return;
    // The greeting itself is PGlite's to answer.
    let { greeting, pending } = greeted;
    const chunk = new Uint8Array(64 * 1024);
    for (;;) {
      const { length, last } = complete(pending);
      const messages = join(greeting, pending.subarray(0, length));
      if (messages.length > 0) {
        greeting = new Uint8Array(0);
        pending = pending.slice(length);
        if (last === TERMINATE) return;
        release ??= await turns.take();
        const answer = await db.execProtocolRaw(messages);
        await send(conn, answer);
        if (isReady(answer)) {
          release();
          release = null;
        }
      }
      const size = await conn.read(chunk);
      if (size === null) return;
      pending = join(pending, chunk.subarray(0, size));
    }
  } finally {
    close(conn);
    // Left in the middle: the session must be clean for the next one.
    if (release) {
      await db.execProtocolRaw(SYNC);
      await db.exec("rollback").catch(() => {});
      release();
    }
  }
}

interface Turns {
  /** Waits for the session; call what it answers to pass it on. */
  take(): Promise<() => void>;
}

function createTurns(): Turns {
  let last: Promise<void> = Promise.resolve();
  return {
    async take() {
      const before = last;
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      await before;
      return resolve;
    },
  };
}

/** How many bytes are whole messages, and the type of the last of them. */
function complete(bytes: Uint8Array): { length: number; last: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let last = 0;
  while (at + 5 <= bytes.length) {
    const end = at + 1 + view.getInt32(at + 1);
    if (end > bytes.length) break;
    last = bytes[at] ?? 0;
    at = end;
  }
  return { length: at, last };
}

/** The answer ends with ReadyForQuery outside a transaction. */
function isReady(answer: Uint8Array): boolean {
  const tail = answer.subarray(-6);
  return tail[0] === READY && tail[5] === IDLE;
}
