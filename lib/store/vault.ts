/**
 * What is stored but must not be read by who sees the table: telephone numbers
 * and tokens, sealed, and the keyed blind index that finds a number without
 * opening any. It writes with `DATA_KEY` and reads with `DATA_KEY_PREVIOUS`,
 * too, so that a key can be changed while people work.
 */
import type { Secret } from "../config/secret.ts";
import {
  createDataKey,
  type DataKey,
  type Place,
  type Purpose,
} from "./data_key.ts";

export type { Place } from "./data_key.ts";

export interface Vault {
  readonly numbers: Sealing;
  readonly tokens: Sealing;
  /** Proves that the key is there; sealed at the first start. */
  readonly canary: Sealing;
  /** The id of the key that is written with. */
  readonly keyId: string;
  /** What everything starts with that is sealed now. */
  readonly prefix: string;
  /** Whether there is a key before this one. */
  readonly rotating: boolean;
  /** The same for the same text and key; says nothing without the key. */
  index(text: string): string;
  /** The indexes under which a text may have been stored, the newest first. */
  indexes(text: string): string[];
  /** The same for the last digits of a number, which no other index tells. */
  endIndex(digits: string): string;
  endIndexes(digits: string): string[];
}

export interface Sealing {
  seal(text: string, place: Place): string;
  /** null when none of our keys opens it at this place. */
  open(sealed: string, place: Place): string | null;
}

export function createVault(
  dataKey: Secret,
  previous: Secret | null = null,
  randomBytes: (length: number) => Uint8Array = (length) =>
    crypto.getRandomValues(new Uint8Array(length)),
): Vault {
  const key = createDataKey(dataKey, randomBytes);
  const before = previous && createDataKey(previous, randomBytes);
  // The same key twice is no rotation.
  const keys = before && before.id !== key.id ? [key, before] : [key];
  return {
    numbers: sealing(keys, key, "numbers"),
    tokens: sealing(keys, key, "tokens"),
    canary: sealing(keys, key, "canary"),
    keyId: key.id,
    prefix: key.prefix,
    rotating: keys.length > 1,
    index: (text) => key.index(text),
    indexes: (text) => keys.map((key) => key.index(text)),
    endIndex: (digits) => key.endIndex(digits),
    endIndexes: (digits) => keys.map((key) => key.endIndex(digits)),
  };
}

/** For what the cache holds: bound to the key under which it is stored. */
export function sealCached({ tokens }: Vault) {
  return {
    seal: (text: string, key: string) =>
      tokens.seal(text, { table: "cache", row: key }),
    open: (sealed: string, key: string) =>
      tokens.open(sealed, { table: "cache", row: key }),
  };
}

function sealing(
  keys: readonly DataKey[],
  current: DataKey,
  purpose: Purpose,
): Sealing {
  return {
    seal: (text, place) => current.seal(purpose, text, place),
    open(sealed, place) {
      for (const key of keys) {
        const text = key.open(purpose, sealed, place);
        if (text !== null) return text;
      }
      return null;
    },
  };
}
