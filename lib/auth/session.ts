/**
 * The session: who signed in, sealed into a cookie (JWE, A256GCM by `jose`). It is
 * short, renewed by use for a working day, and has an id, by which signing out ends
 * it everywhere (`ended_sessions.ts`). Roles are read from the database on each
 * request, so a departed member of staff is out at once.
 * It says for whom it was sealed: mode, company and origin. One of the sandbox,
 * of another company or of another address is none, whatever its secret.
 */
import { EncryptJWT, jwtDecrypt, type JWTPayload } from "jose";
import { hkdfSync } from "node:crypto";
import type { Config, Secret } from "../config/mod.ts";

export interface Session {
  wxUserId: string;
  /** null: the release before made it. */
  sessionId: string | null;
  /** When the person signed in, in ms since epoch. */
  beganMs: number;
  /** It is renewed no further than until then. */
  untilMs: number;
  /** Due to be renewed by the next use. */
  isAging: boolean;
}

/** So many tokens stay open in a process, the latest ones: some 2 MB. */
const MOST_OPEN = 2_000;
/** Who does nothing for so long signs in again, silently inside WeCom. */
export const SESSION_SECONDS = 2 * 60 * 60;
/** A working day: after it one signs in again, whatever one does. */
const DAY_MS = 12 * 60 * 60_000;
const RENEWED_AFTER_MS = 30 * 60_000;
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
  now: () => number,
): Promise<Session | null> {
  const claims = await sealer.open(cookie, AUDIENCE);
  if (typeof claims?.sub !== "string") return null;
  const { sub, sid, began, iat } = claims;
  const issuedMs = Number(iat) * 1_000;
  const beganMs = typeof began === "string" ? Number(began) : issuedMs;
  const untilMs = beganMs + DAY_MS;
  return {
    wxUserId: sub,
    sessionId: typeof sid === "string" ? sid : null,
    beganMs,
    untilMs,
    isAging: now() - issuedMs > RENEWED_AFTER_MS && now() < untilMs,
  };
}

/** Of who signs in now. */
export function sealSession(
  sealer: Sealer,
  { wxUserId }: Pick<Session, "wxUserId">,
  now: () => number,
): Promise<string> {
  const sessionId = crypto.randomUUID();
  return seal(sealer, { wxUserId, sessionId, beganMs: now() }, SESSION_SECONDS);
}

/** The same session for longer: two hours, and no longer than its day. */
export async function renewSession(
  sealer: Sealer,
  session: Session,
  now: () => number,
): Promise<{ token: string; seconds: number }> {
  const left = Math.floor((session.untilMs - now()) / 1_000);
  const seconds = Math.max(1, Math.min(SESSION_SECONDS, left));
  const sessionId = session.sessionId ?? crypto.randomUUID();
  return {
    token: await seal(sealer, { ...session, sessionId }, seconds),
    seconds,
  };
}

function seal(
  sealer: Sealer,
  { wxUserId, sessionId, beganMs }: {
    wxUserId: string;
    sessionId: string;
    beganMs: number;
  },
  seconds: number,
): Promise<string> {
  const claims = { sub: wxUserId, sid: sessionId, began: String(beganMs) };
  return sealer.seal(claims, AUDIENCE, seconds);
}
