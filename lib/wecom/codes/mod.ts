/**
 * WeCom's error codes (90313): the one place in which their numbers stand. Code
 * asks for them by name, `CODE.GROUP_DISSOLVED`; errors, doctor and documentation
 * read the rows. The text of `errmsg` is not stable and is never branched on.
 */
import { ACCESS_CODES } from "./access.ts";
import { CONTACT_CODES } from "./contacts.ts";
import { GROUP_CODES } from "./groups.ts";
import { MESSAGE_CODES, REQUEST_CODES } from "./messages.ts";
import type { CodeRow } from "./row.ts";

const ROWS = {
  ...ACCESS_CODES,
  ...REQUEST_CODES,
  ...CONTACT_CODES,
  ...GROUP_CODES,
  ...MESSAGE_CODES,
} satisfies Record<string, CodeRow>;

export type CodeName = keyof typeof ROWS;

export const CODE_ROWS: Readonly<Record<CodeName, CodeRow>> = ROWS;

/** The number of each code; of a range, its first. */
export const CODE = Object.fromEntries(
  Object.entries(ROWS).map(([name, { code }]) => [name, code]),
) as Readonly<Record<CodeName, number>>;
