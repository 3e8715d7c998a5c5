/**
 * The session: who signed in, sealed into a cookie (JWE, A256GCM by `jose`).
 * The server keeps nothing, so it works on every instance; roles are read from
 * the database on each request, so a departed member of staff is out at once.
 * It says for whom it was sealed: mode, company and origin. One of the sandbox,
 * of another company or of another address is none, whatever its secret.
 */
import { EncryptJWT, jwtDecrypt, type JWTPayload } from "jose";
import { hkdfSync } from "node:crypto";
import type { Config, Secret } from "../config/mod.ts";

export interface Session {
  wxUserId: string;
}

/** So many tokens stay open in a process, the latest ones: some 2 MB. */
const MOST_OPEN = 2_000;
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
  // Imported once: `jose` would import bytes for each token.
  const key = derive(sessionSecret);
  const keys = sessionSecretPrevious
    ? [key, derive(sessionSecretPrevious)]
    : [key];

  // Each request brings one, and a page many requests. It takes a thread to open
  // it, and what it says does not change.
  const opened = new Map<string, JWTPayload>();
  const isInTime = ({ exp = 0 }: JWTPayload) => now() < exp * 1000;

  async function openWith(key: Key, token: string, audience: string) {
    try {
      const { payload } = await jwtDecrypt(token, await key, {
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
    async seal(claims, audience, seconds) {
      const issued = Math.floor(now() / 1000);
      return await new EncryptJWT(claims)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issued)
        .setExpirationTime(issued + seconds)
        .encrypt(await key);
    },
    async open(token, audience) {
      if (!token) return null;
      const name = `${audience} ${token}`;
      const known = opened.get(name);
      if (known && isInTime(known)) return known;
      for (const key of keys) {
        const claims = await openWith(key, token, audience);
        if (!claims) continue;
        opened.delete(name);
        opened.set(name, claims);
        const [oldest] = opened.keys();
        if (opened.size > MOST_OPEN && oldest) opened.delete(oldest);
        return claims;
      }
      return null;
    },
  };
}

type Key = Promise<CryptoKey>;

function derive(secret: Secret): Key {
  const info = "customer-group/cookies";
  const bytes = hkdfSync("sha256", secret.reveal(), "", info, 32);
  const uses = ["encrypt", "decrypt"] as const;
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, uses);
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
