/**
 * Repeatable pseudo-random numbers and ids shaped like WeCom's: `wm…` WeChat
 * customers, `wo…` WeCom users, `wr…` chats, 32 characters as in its documents.
 * An id depends on the world's salt and a counter only, so that replaying a
 * journal gives every person and chat the id it had before.
 */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** mulberry32: small, fast and the same everywhere. Returns numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `length` characters of [A-Za-z0-9_-] that depend on both numbers. */
export function token(salt: number, counter: number, length: number): string {
  const next = seededRandom(
    Math.imul(salt ^ 0x9E3779B9, 0x85EBCA6B) ^ Math.imul(counter, 0xC2B2AE35),
  );
  let text = "";
  while (text.length < length) {
    let bits = Math.floor(next() * 4294967296);
    for (let i = 0; i < 5 && text.length < length; i++) {
      text += ALPHABET.charAt(bits & 63);
      bits >>>= 6;
    }
  }
  return text;
}

export type IdPrefix = "wm" | "wo" | "wr";

/** A fresh id; moves the counter. */
export function nextId(
  state: { counter: number; salt: number },
  prefix: IdPrefix,
): string {
  state.counter += 1;
  return `${prefix}Sb0xECwA${token(state.salt, state.counter, 22)}`;
}

/** A fresh opaque string without prefix (config ids, welcome codes). */
export function nextToken(
  state: { counter: number; salt: number },
  length: number,
): string {
  state.counter += 1;
  return token(state.salt, state.counter, length);
}
