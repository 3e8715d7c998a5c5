/**
 * One `DATA_KEY` and what is derived from it (HKDF): a key of its own for
 * numbers, tokens, the canary and the two blind indexes. What is sealed with
 * AES-256-GCM says its format and the id of its key, `2.<key id>.<bytes>`, and
 * is bound to its place (AAD): moved to another row or table it does not open.
 * The format before, bytes alone under one key for everything, is only read.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
} from "node:crypto";
import { Buffer } from "node:buffer";
import type { Secret } from "../config/secret.ts";

const FORMAT = "2";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 6;
/** 128 bits: no collision to fear among millions, half the index. */
const INDEX_BYTES = 16;

export type Purpose = "numbers" | "tokens" | "canary";

/** Where a sealed value is kept; it opens nowhere else. */
export interface Place {
  table: string;
  /** What tells the row among the others of its table. */
  row: string;
}

export interface DataKey {
  /** Tells keys apart and says nothing of them; hexadecimal. */
  readonly id: string;
  /** What everything starts with that this key seals. */
  readonly prefix: string;
  seal(purpose: Purpose, text: string, place: Place): string;
  /** null when it was sealed with another key, for other use or elsewhere. */
  open(purpose: Purpose, sealed: string, place: Place): string | null;
  index(text: string): string;
  /** The same for the end of a number: ten thousand texts, so a key of its own. */
  endIndex(digits: string): string;
}

export function createDataKey(
  secret: Secret,
  randomBytes: (length: number) => Uint8Array,
): DataKey {
  const id = derive(secret, "key-id").subarray(0, ID_BYTES).toString("hex");
  const prefix = `${FORMAT}.${id}.`;
  const keys: Record<Purpose, Buffer> = {
    numbers: derive(secret, "numbers"),
    tokens: derive(secret, "tokens"),
    canary: derive(secret, "canary"),
  };
  const before = derive(secret, "seal");
  const indexing = derive(secret, "index");
  const endIndexing = derive(secret, "index of ends");
  const aad = (purpose: Purpose, { table, row }: Place) =>
    Buffer.from(JSON.stringify([FORMAT, id, purpose, table, row]));
  return {
    id,
    prefix,
    seal(purpose, text, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", keys[purpose], nonce)
        .setAAD(aad(purpose, place));
      const sealed = [nonce, cipher.update(text, "utf8"), cipher.final()];
      return prefix + Buffer.concat([...sealed, cipher.getAuthTag()])
        .toString("base64url");
    },
    open(purpose, sealed, place) {
      // The canary is younger than the format before.
      if (!sealed.includes(".")) {
        return purpose === "canary" ? null : decipher(before, sealed, null);
      }
      if (!sealed.startsWith(prefix)) return null;
      const bytes = sealed.slice(prefix.length);
      return decipher(keys[purpose], bytes, aad(purpose, place));
    },
    index: (text) => keyedHash(indexing, text),
    endIndex: (digits) => keyedHash(endIndexing, digits),
  };
}

function keyedHash(key: Buffer, text: string): string {
  return createHmac("sha256", key).update(text).digest()
    .subarray(0, INDEX_BYTES).toString("base64url");
}

function decipher(
  key: Buffer,
  sealed: string,
  aad: Buffer | null,
): string | null {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const opening = createDecipheriv("aes-256-gcm", key, nonce);
  if (aad) opening.setAAD(aad);
  opening.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const text = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    return opening.update(text, undefined, "utf8") + opening.final("utf8");
  } catch {
    return null;
  }
}

function derive(key: Secret, purpose: string): Buffer {
  return Buffer.from(
    hkdfSync("sha256", key.reveal(), "", `customer-group/${purpose}`, 32),
  );
}
