/**
 * The session: who signed in, sealed into a cookie (JWE, A256GCM by `jose`).
 * The server keeps nothing, so it works on every instance; roles are read from
 * the database on each request, so a departed member of staff is out at once.
 * It says for whom it was sealed: mode, company and origin. One of the sandbox,
 * of another company or of another address is none, whatever its secret.
 */
import { EncryptJWT, jwtDecrypt } from "jose";
import { hkdfSync } from "node:crypto";
import type { Config, Secret } from "../config/mod.ts";

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
  /** null when it is not ours, for other use or another company, or too old. */
  open(
    token: string | undefined,
    audience: string,
  ): Promise<Record<string, unknown> | null>;
}

/** Seals with the secret, and opens what the one before it has sealed, too. */
export function createSealer(
  { mode, wecom, publicOrigin, sessionSecret, sessionSecretPrevious }: Pick<
    Config,
    | "mode"
    | "wecom"
    | "publicOrigin"
    | "sessionSecret"
    | "sessionSecretPrevious"
  >,
  now: () => number,
): Sealer {
  const issuer = `${mode} ${wecom.corpId} ${publicOrigin}`;
  const key = derive(sessionSecret);
  const keys = sessionSecretPrevious
    ? [key, derive(sessionSecretPrevious)]
    : [key];

  async function openWith(key: Uint8Array, token: string, audience: string) {
    try {
      const { payload } = await jwtDecrypt(token, key, {
        issuer,
        audience,
        currentDate: new Date(now()),
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      return payload;
    } catch {
      return null;
    }
  }

  return {
    seal(claims, audience, seconds) {
      const issued = Math.floor(now() / 1000);
      return new EncryptJWT(claims)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issued)
        .setExpirationTime(issued + seconds)
        .encrypt(key);
    },
    async open(token, audience) {
      if (!token) return null;
      for (const key of keys) {
        const claims = await openWith(key, token, audience);
        if (claims) return claims;
      }
      return null;
    },
  };
}

function derive(secret: Secret): Uint8Array {
  return new Uint8Array(
    hkdfSync("sha256", secret.reveal(), "", "customer-group/cookies", 32),
  );
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
