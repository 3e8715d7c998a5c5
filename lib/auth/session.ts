/**
 * The session: who signed in, sealed into a cookie (JWE, A256GCM by `jose`).
 * The server keeps nothing, so it works on every instance; roles are read from
 * the database on each request, so a departed member of staff is out at once.
 */
import { EncryptJWT, jwtDecrypt } from "jose";
import { hkdfSync } from "node:crypto";
import type { Secret } from "../config/secret.ts";

export interface Session {
  wxUserId: string;
}

/** A working day; the page signs in again silently inside WeCom. */
export const SESSION_SECONDS = 12 * 60 * 60;
const AUDIENCE = "session";

export interface Sealer {
  seal(
    claims: Record<string, string>,
    audience: string,
    seconds: number,
  ): Promise<string>;
  /** null when it is not ours, for another purpose, or too old. */
  open(
    token: string | undefined,
    audience: string,
  ): Promise<Record<string, unknown> | null>;
}

export function createSealer(secret: Secret, now: () => number): Sealer {
  const key = new Uint8Array(
    hkdfSync("sha256", secret.reveal(), "", "customer-group/cookies", 32),
  );
  return {
    seal(claims, audience, seconds) {
      const issued = Math.floor(now() / 1000);
      return new EncryptJWT(claims)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setAudience(audience)
        .setIssuedAt(issued)
        .setExpirationTime(issued + seconds)
        .encrypt(key);
    },
    async open(token, audience) {
      if (!token) return null;
      try {
        const { payload } = await jwtDecrypt(token, key, {
          audience,
          currentDate: new Date(now()),
          keyManagementAlgorithms: ["dir"],
          contentEncryptionAlgorithms: ["A256GCM"],
        });
        return payload;
      } catch {
        return null;
      }
    },
  };
}

export async function openSession(
  sealer: Sealer,
  cookie: string | undefined,
): Promise<Session | null> {
  const claims = await sealer.open(cookie, AUDIENCE);
  return typeof claims?.sub === "string" ? { wxUserId: claims.sub } : null;
}

export function sealSession(
  sealer: Sealer,
  session: Session,
): Promise<string> {
  return sealer.seal({ sub: session.wxUserId }, AUDIENCE, SESSION_SECONDS);
}
