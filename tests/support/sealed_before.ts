/** As release 2de4c27 sealed: one key for everything, bound to no place. */
import { createCipheriv, hkdfSync } from "node:crypto";
import { Buffer } from "node:buffer";
import type { Secret } from "../../lib/config/mod.ts";

const PURPOSE = "customer-group/seal";

export function sealBefore(key: Secret, text: string): string {
  const sealing = hkdfSync("sha256", key.reveal(), "", PURPOSE, 32);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const cipher = createCipheriv("aes-256-gcm", Buffer.from(sealing), nonce);
  const bytes = [nonce, cipher.update(text, "utf8"), cipher.final()];
  return Buffer.concat([...bytes, cipher.getAuthTag()]).toString("base64url");
}
