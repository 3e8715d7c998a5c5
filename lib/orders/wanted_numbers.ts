/**
 * Which customers' numbers a text asks for: whole ones, in any spelling that is
 * found in what people type, and the last four digits, also as a masked number
 * shows them. They are looked up by their keyed hashes alone.
 */
import { normalisePhones } from "../contacts/phone.ts";
import { readable } from "../contacts/phone_text.ts";
import type { Vault } from "../store/vault.ts";

export interface WantedNumbers {
  /** Of whole numbers. */
  hashes: string[];
  /** Of last four digits. */
  ends: string[];
}

/** 8000, 尾号8000, 138****8000 */
const LAST_FOUR =
  /^(?:(?:手机|电话)?(?:尾号|后四位|末四位)[是为:]? ?|\+?\d{0,6}\*{2,})?(\d{4})$/;

export function wantedNumbers(vault: Vault, text: string): WantedNumbers {
  const [, end] = LAST_FOUR.exec(readable(text)) ?? [];
  return {
    hashes: normalisePhones(text).flatMap(vault.indexes),
    ends: end === undefined ? [] : vault.endIndexes(end),
  };
}

/** A customer may be known by so many digits. */
const TELLING = 4;

/** Whether a text must not stand in an address: it may tell a number. */
export function mayTellNumber(text: string): boolean {
  const digits = readable(text).match(/\d/g) ?? [];
  const written = text.match(/\p{Nd}/gu) ?? [];
  return Math.max(digits.length, written.length) >= TELLING;
}
