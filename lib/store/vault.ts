/**
 * What is stored but must not be read by who sees the table: telephone numbers
 * and tokens, sealed with AES-256-GCM, and the keyed blind index that finds a
 * number without opening any. All keys are derived from `DATA_KEY` (HKDF).
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
} from "node:crypto";
import { Buffer } from "node:buffer";
import type { Secret } from "../config/secret.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** 128 bits: no collision to fear among millions, half the index. */
const INDEX_BYTES = 16;

export interface Vault {
  seal(text: string): string;
  /** null when it was not sealed with this key. */
  open(sealed: string): string | null;
  /** The same for the same text and key; says nothing without the key. */
  index(text: string): string;
}

export function createVault(
  dataKey: Secret,
  randomBytes: (length: number) => Uint8Array = (length) =>
    crypto.getRandomValues(new Uint8Array(length)),
): Vault {
  const sealing = derive(dataKey, "seal");
  const indexing = derive(dataKey, "index");
  return {
    seal(text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", sealing, nonce);
      const sealed = [nonce, cipher.update(text, "utf8"), cipher.final()];
      return Buffer.concat([...sealed, cipher.getAuthTag()])
        .toString("base64url");
    },
    open(sealed) {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
      const opening = createDecipheriv(
        "aes-256-gcm",
        sealing,
        bytes.subarray(0, NONCE_BYTES),
      );
      opening.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return opening.update(
          bytes.subarray(NONCE_BYTES, -TAG_BYTES),
          undefined,
          "utf8",
        ) + opening.final("utf8");
      } catch {
        return null;
      }
    },
    index(text) {
      return createHmac("sha256", indexing).update(text).digest()
        .subarray(0, INDEX_BYTES).toString("base64url");
    },
  };
}

function derive(key: Secret, purpose: string): Buffer {
  return Buffer.from(
    hkdfSync("sha256", key.reveal(), "", `customer-group/${purpose}`, 32),
  );
}
