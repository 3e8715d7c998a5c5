/**
 * How a connection to the embedded database begins: it says hello, is asked for
 * the password in clear text (the loopback is the wire), and gets no further
 * without it. Message formats: PostgreSQL 15, 55.7.
 */
import { Buffer } from "node:buffer";
import { timingSafeEqual } from "node:crypto";
import { close, join, send } from "./pglite_wire.ts";

const PROTOCOL_3 = 196_608;
const SSL_REQUEST = 80_877_103;
const PASSWORD_MESSAGE = 0x70;
const ASK_CLEARTEXT = new Uint8Array([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
/** Names and a password are short; whoever sends more is no client of ours. */
const MOST_BYTES = 10_000;
const PATIENCE_MS = 10_000;

export interface Greeted {
  /** The start-up message, not answered yet. */
  greeting: Uint8Array;
  /** What came behind the password. */
  pending: Uint8Array;
}

/** null when it was no client, knew no password or did not say so in time. */
export async function greet(
  conn: Deno.Conn,
  password: string,
): Promise<Greeted | null> {
  const timer = setTimeout(() => close(conn), PATIENCE_MS);
  try {
    let bytes: Uint8Array = new Uint8Array(0);
    const read = async (length: number): Promise<Uint8Array | null> => {
      if (length > MOST_BYTES) return null;
      const chunk = new Uint8Array(MOST_BYTES);
      while (bytes.length < length) {
        const size = await conn.read(chunk);
        if (size === null) return null;
        bytes = join(bytes, chunk.subarray(0, size));
      }
      const taken = bytes.slice(0, length);
      bytes = bytes.slice(length);
      return taken;
    };
    let head = await read(8);
    if (head && int32(head, 4) === SSL_REQUEST) {
      await send(conn, new TextEncoder().encode("N"));
      head = await read(8);
    }
    if (!head || int32(head, 4) !== PROTOCOL_3 || int32(head, 0) < 8) {
      return null;
    }
    const rest = await read(int32(head, 0) - 8);
    if (!rest) return null;
    await send(conn, ASK_CLEARTEXT);
    const ask = await read(5);
    if (!ask || ask[0] !== PASSWORD_MESSAGE || int32(ask, 1) < 4) return null;
    const given = await read(int32(ask, 1) - 4);
    if (given && isSame(given, password)) {
      return { greeting: join(head, rest), pending: bytes };
    }
    await send(conn, refusal());
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The given one ends with a zero. */
function isSame(given: Uint8Array, password: string): boolean {
  const wanted = Buffer.from(`${password}\0`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function refusal(): Uint8Array {
  const fields = new TextEncoder().encode(
    "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0",
  );
  const head = new DataView(new ArrayBuffer(5));
  head.setUint8(0, 0x45);
  head.setInt32(1, fields.length + 4);
  return join(new Uint8Array(head.buffer), fields);
}

function int32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(at);
}
