/**
 * The envelope of WeCom's callbacks (90968): a sorted sha1 signature, AES-256-CBC with the first 16
 * key bytes as IV, and PKCS#7 padding to 32 bytes. Web Crypto and Node's own unpadding accept pads up
 * to 16 only, so padding is done by hand here. Symmetrical: the server opens, the sandbox seals.
 * Pure: no clock, and the random prefix can be given.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  timingSafeEqual,
} from "node:crypto";
import type { Secret } from "../../config/secret.ts";

/** What travels: `encrypt` in the body (or as `echostr`), the other three in the query. */
export interface Envelope {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly encrypt: string;
}

/** A callback that is not from WeCom or not for us. Says which check failed, never what was inside. */
export class CallbackRejected extends Error {
  override readonly name = "CallbackRejected";
  constructor(
    readonly reason: "signature" | "cipher" | "receiveid",
    options?: ErrorOptions,
  ) {
    super(`WeCom callback rejected: ${reason}`, options);
  }
}

export interface CallbackCrypto {
  /** Verifies, decrypts and checks the receiver; throws {@linkcode CallbackRejected}. */
  open(envelope: Envelope): string;
  /** What WeCom would send for this message. `random` is 16 bytes. */
  seal(
    message: string,
    at: { timestamp: string; nonce: string; random?: Uint8Array },
  ): Envelope;
}

const BLOCK = 32;
const PREFIX = 16;

/**
 * `aesKey` is the EncodingAESKey of 43 characters, `receiveId` the corp id. Throws a RangeError for a
 * malformed key.
 */
export function createCallbackCrypto(
  options: { token: Secret; aesKey: Secret; receiveId: string },
): CallbackCrypto {
  const { token, receiveId } = options;
  const key = keyOf(options.aesKey);
  const iv = key.subarray(0, 16);

  return {
    open(envelope) {
      const { signature, timestamp, nonce, encrypt } = envelope;
      // Whoever wrapped the lines did so before signing or after.
      const unwrapped = encrypt.replace(/\s+/g, "");
      const signed = [...new Set([encrypt, unwrapped])].some((text) =>
        sameText(signatureOf(token, timestamp, nonce, text), signature)
      );
      if (!signed) throw new CallbackRejected("signature");
      const { message, receiver } = split(decrypt(unwrapped, key, iv));
      if (!sameText(receiver, receiveId)) {
        throw new CallbackRejected("receiveid");
      }
      return message;
    },

    seal(message, { timestamp, nonce, random = randomBytes(PREFIX) }) {
      if (random.length !== PREFIX) {
        throw new RangeError(`Random prefix must be ${PREFIX} bytes`);
      }
      const body = Buffer.from(message, "utf8");
      const size = Buffer.alloc(4);
      size.writeUInt32BE(body.length);
      const plain = Buffer.concat([
        random,
        size,
        body,
        Buffer.from(receiveId, "utf8"),
      ]);
      const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(
        false,
      );
      const encrypt = Buffer.concat([cipher.update(pad(plain)), cipher.final()])
        .toString("base64");
      return {
        signature: signatureOf(token, timestamp, nonce, encrypt),
        timestamp,
        nonce,
        encrypt,
      };
    },
  };
}

/** The four values are sorted, not their names, and joined with nothing. */
function signatureOf(
  token: Secret,
  timestamp: string,
  nonce: string,
  encrypt: string,
): string {
  const text = [token.reveal(), timestamp, nonce, encrypt].sort().join("");
  return createHash("sha1").update(text, "utf8").digest("hex");
}

function sameText(expected: string, given: string): boolean {
  const a = Buffer.from(expected, "utf8");
  const b = Buffer.from(given, "utf8");
  return a.length === b.length && timingSafeEqual(a, b);
}

function keyOf(aesKey: Secret): Buffer {
  const text = aesKey.reveal();
  if (!/^[A-Za-z0-9+/]{43}$/.test(text)) {
    throw new RangeError("EncodingAESKey must be 43 letters and digits");
  }
  return Buffer.from(`${text}=`, "base64");
}

function decrypt(encrypt: string, key: Buffer, iv: Buffer): Buffer {
  // Node's base64 decoder skips what it does not know.
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encrypt)) {
    throw new CallbackRejected("cipher");
  }
  try {
    const decipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(
      false,
    );
    return unpad(
      Buffer.concat([decipher.update(encrypt, "base64"), decipher.final()]),
    );
  } catch (cause) {
    if (cause instanceof CallbackRejected) throw cause;
    throw new CallbackRejected("cipher", { cause });
  }
}

function pad(plain: Buffer): Buffer {
  const count = BLOCK - (plain.length % BLOCK);
  return Buffer.concat([plain, Buffer.alloc(count, count)]);
}

function unpad(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  const valid = count >= 1 && count <= BLOCK && count <= padded.length &&
    padded.subarray(-count).every((byte) => byte === count);
  if (!valid) throw new CallbackRejected("cipher");
  return padded.subarray(0, -count);
}

function split(plain: Buffer): { message: string; receiver: string } {
  if (plain.length < PREFIX + 4) throw new CallbackRejected("cipher");
  const end = PREFIX + 4 + plain.readUInt32BE(PREFIX);
  if (end > plain.length) throw new CallbackRejected("cipher");
  return {
    message: utf8(plain.subarray(PREFIX + 4, end)),
    receiver: utf8(plain.subarray(end)),
  };
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch (cause) {
    throw new CallbackRejected("cipher", { cause });
  }
}
