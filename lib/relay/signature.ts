/**
 * How the app proves to the relay that a request is its own: HTTP Message
 * Signatures (RFC 9421) by HMAC over the method, the path, the digest of the body
 * and WeCom's parameters, which travel in a header of ours. WeCom wants secret and
 * token in the query (91039), and whatever stands on the way keeps addresses; a
 * header is kept by nobody, and this one is signed.
 */
import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import {
  createSigner,
  createVerifier,
  ExpiredError,
  httpbis,
  type SignatureParameters,
} from "http-message-signatures";
import type { Secret } from "../config/secret.ts";

/** WeCom's query, as bytes in the writing of structured fields (RFC 8941). */
export const QUERY_HEADER = "x-wecom-query";
const DIGEST_HEADER = "content-digest";
const FIELDS = ["@method", "@path", DIGEST_HEADER, QUERY_HEADER];
const PARAMETERS = ["created", "expires", "nonce", "keyid", "alg", "tag"];
const ALGORITHM = "hmac-sha256";
const TAG = "wecom-relay";

/**
 * A request is good for so long, and a clock may be behind by so much. Ahead of
 * the relay's it may hardly be: what was signed ahead is as good as new to a relay
 * that has started meanwhile and has forgotten what came.
 */
export const LIFE_MS = 60_000;
export const SKEW_MS = 30_000;
export const AHEAD_MS = 2_000;
const NONCE = /^[\w-]{16,64}$/;

export interface Parts {
  method: string;
  /** Absolute; only its path is signed. */
  url: string;
  /** Of WeCom, without the question mark. */
  query: string;
  body: Uint8Array;
}

/** Headers that prove the request. */
export async function sign(
  secret: Secret,
  { method, url, query, body }: Parts,
  now: number,
): Promise<Record<string, string>> {
  const key = createSigner(secret.reveal(), ALGORITHM, keyIdOf(secret));
  const { headers } = await httpbis.signMessage({
    key,
    name: "relay",
    fields: FIELDS,
    params: PARAMETERS,
    paramValues: {
      created: new Date(now),
      expires: new Date(now + LIFE_MS),
      nonce: crypto.randomUUID(),
      tag: TAG,
    },
  }, {
    method,
    url,
    headers: { [DIGEST_HEADER]: digestOf(body), [QUERY_HEADER]: bytes(query) },
  });
  return headers as Record<string, string>;
}

export type Refusal =
  /** No signature, or not of the form that the app sends. */
  | "unsigned"
  /** By a key that this relay does not have. */
  | "key"
  | "expired"
  /** Something that was signed is not as it was. */
  | "signature"
  | "body";

export type Verdict =
  | {
    kind: "signed";
    nonce: string;
    createdMs: number;
    untilMs: number;
    query: string;
    /** Of the body that was signed. */
    digest: string;
  }
  | { kind: "refused"; why: Refusal };

/**
 * Judges a request by the keys that are known, the newest first, and by its
 * headers alone: nothing of a stranger's body is waited for. Times are the
 * process's own: the library reads them by itself. That the nonce is new is for
 * the caller to see (`nonces.ts`), and that the body is the one that was signed
 * (`isSigned`).
 */
export async function verify(
  secrets: readonly Secret[],
  request: { method: string; url: string; headers: Headers },
): Promise<Verdict> {
  const headers = Object.fromEntries(request.headers);
  const keys = new Map(secrets.map((secret) => [keyIdOf(secret), secret]));
  const seen: SignatureParameters[] = [];
  const message = { method: request.method, url: request.url, headers };
  try {
    const good = await httpbis.verifyMessage({
      keyLookup(parameters) {
        seen.push(parameters);
        const secret = keys.get(String(parameters.keyid));
        return Promise.resolve(secret ? keyOf(secret) : null);
      },
      requiredFields: FIELDS,
      requiredParams: PARAMETERS,
      tolerance: SKEW_MS / 1000,
      maxAge: (LIFE_MS + SKEW_MS) / 1000,
    }, message);
    // Two signatures would leave open whose nonce it is.
    const [parameters] = seen;
    if (!parameters || seen.length !== 1) return refused("unsigned");
    if (good === null) return refused("key");
    if (!good) return refused("signature");
    const { nonce = "", tag } = parameters;
    if (tag !== TAG || !NONCE.test(nonce)) return refused("unsigned");
    return {
      kind: "signed",
      nonce,
      createdMs: Number(parameters.created),
      untilMs: Number(parameters.expires) * 1000 + SKEW_MS,
      query: textOf(headers[QUERY_HEADER] ?? ""),
      digest: headers[DIGEST_HEADER] ?? "",
    };
  } catch (error) {
    return refused(error instanceof ExpiredError ? "expired" : "unsigned");
  }
}

/** Whether a body is the one of this digest. */
export function isSigned(digest: string, body: Uint8Array): boolean {
  return isSame(digest, digestOf(body));
}

/** Tells keys apart and says nothing about them. */
export function keyIdOf(secret: Secret): string {
  return createHmac("sha256", secret.reveal()).update("relay key id")
    .digest("hex").slice(0, 16);
}

function keyOf(secret: Secret) {
  const verifier = createVerifier(secret.reveal(), ALGORITHM);
  return { id: keyIdOf(secret), algs: [ALGORITHM], verify: verifier };
}

function refused(why: Refusal): Verdict {
  return { kind: "refused", why };
}

function digestOf(body: Uint8Array): string {
  const digest = createHash("sha256").update(body).digest("base64");
  return `sha-256=:${digest}:`;
}

function bytes(text: string): string {
  return `:${Buffer.from(text).toString("base64")}:`;
}

function textOf(field: string): string {
  return Buffer.from(field.slice(1, -1), "base64").toString();
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
