/**
 * Building blocks of tolerant answers. WeCom leaves fields out, sends them empty,
 * null or in another shape than the page says, and adds new ones. What we cannot
 * do without is required; all else has an empty value. Of a list each row is taken
 * by itself: one that cannot be used is left out, and the answer says so, since
 * whoever would delete what a list does not name must know that it may lack some.
 */
import { z } from "zod";

/** An answer that says what of it could not be used. */
export interface Lossy {
  /** Where it stood, such as `member_list.3.userid`; never what it was. */
  readonly dropped: readonly string[];
}

/** May there be more than the answer shows? */
export function isLossy({ dropped }: Lossy): boolean {
  return dropped.length > 0;
}

export function droppedOf(answer: unknown): readonly string[] {
  return typeof answer === "object" && answer !== null &&
      "dropped" in answer && Array.isArray(answer.dropped)
    ? answer.dropped
    : [];
}

/** Longer ones are none: keys of indexes have an end, too. */
const LONGEST_ID = 256;

/**
 * What cannot be done without; null: it is not there. A transform by itself takes a
 * field whether it is there or not. A pipe into one would make several objects
 * more for each field, and a page of contacts has a thousand fields.
 */
function required<T>(read: (value: unknown) => T | null) {
  return z.transform((value, ctx): T => {
    const found = read(value);
    if (found !== null) return found;
    ctx.addIssue({ code: "custom", message: "not there" });
    return z.NEVER;
  });
}

/** An id: exact, since ids of chats and customers are compared as they are. */
export const id = required(idIn);

export function idIn(value: unknown): string | null {
  const isNumber = Number.isSafeInteger(value) && Number(value) > 0;
  if (typeof value !== "string" && !isNumber) return null;
  const told = String(value);
  const isId = told.trim() !== "" && told.length <= LONGEST_ID &&
    told.isWellFormed() && !/\p{Cc}/u.test(told);
  return isId ? told : null;
}

/**
 * Text that may be absent or of another kind: empty then. Nicknames have been
 * seen with control characters and half of an emoji; no database keeps the former.
 */
export const text = z.transform(textOf);

export function textOf(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  return String(value).replace(/[^\P{Cc}\t\n\r]/gu, "").toWellFormed();
}

/** Text that may be absent or empty: null then. */
export const textOrNull = z.transform((v) => textOf(v) || null);

/** A number of one of WeCom's tables, also when it comes as text; null if none. */
export const code = z.transform(codeOf);

export function codeOf(value: unknown): number | null {
  const numeric = typeof value === "number" ||
    typeof value === "string" && /^\d{1,9}$/.test(value);
  return numeric ? Number(value) : null;
}

/** Texts at any depth deserve no more: nobody nests them, but arrays in arrays were seen. */
const DEEPEST = 3;

/**
 * A list of texts, also when it comes as one text or as an object with a list's
 * keys; empty ones are dropped. Nothing that is there is lost: a member's own
 * list of numbers is written back as it was read.
 */
export const texts = z.transform(textsOf);

export function textsOf(value: unknown): string[] {
  return textsIn(value, DEEPEST);
}

function textsIn(value: unknown, deep: number): string[] {
  if (typeof value === "object" && value !== null) {
    if (deep === 0) return [];
    return Object.values(value).flatMap((one) => textsIn(one, deep - 1));
  }
  const one = textOf(value);
  return one === "" ? [] : [one];
}

/** The first id in a text, an object with a `userid`, or a list of either; or null. */
export const userIdOrNull = z.transform(userIdIn);

/** The same where there has to be one. */
export const userId = required(userIdIn);

function userIdIn(value: unknown): string | null {
  if (Array.isArray(value)) {
    return value.map(userIdIn).find((one) => one !== null) ?? null;
  }
  const told = isObject(value) ? value.userid : value;
  return idIn(told);
}

/** Year 9999 in seconds: beyond it there is no time that databases take. */
const LAST_SECOND = 253_402_300_799;
/** Year 5138 in seconds, 1973 in ms: what is larger was counted in ms. */
const FIRST_MS = 100_000_000_000;

/** Seconds since epoch on the wire, ms since epoch for us; 0 when absent or no time at all. */
export const secondsAsMs = z.transform(msOf);

export function msOf(value: unknown): number {
  if (typeof value !== "number" && typeof value !== "string") return 0;
  const told = value === "" ? 0 : Math.floor(Number(value));
  const seconds = told >= FIRST_MS ? Math.floor(told / 1000) : told;
  return seconds >= 0 && seconds <= LAST_SECOND ? seconds * 1000 : 0;
}

/** The rows of a list that could be used, and where the others stood in it. */
export interface Rows<T> extends Lossy {
  readonly kept: readonly T[];
}

/**
 * A list, row by row. One that comes as an object is taken by its values, a
 * single row as a list of one. A list that is absent has no rows, and is counted
 * as lost: it is no proof that there are none.
 */
export function rows<T>(row: z.ZodType<T>) {
  return z.transform((value) => rowsOf(value, row));
}

/** `plainly` reads a row that is as it should be, faster; null: it is not. */
export function rowsOf<T>(
  value: unknown,
  row: z.ZodType<T>,
  plainly: (one: unknown) => T | null = () => null,
): Rows<T> {
  const listed = listOf(value, row);
  if (listed === null) return { kept: [], dropped: [""] };
  const kept: T[] = [];
  const dropped: string[] = [];
  listed.forEach((one, index) => {
    const plain = plainly(one);
    if (plain !== null) return void kept.push(plain);
    const read = row.safeParse(one);
    if (read.success) kept.push(read.data);
    else dropped.push([index, ...read.error.issues[0]?.path ?? []].join("."));
  });
  return { kept, dropped };
}

function listOf(value: unknown, row: z.ZodType): readonly unknown[] | null {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return null;
  if (row.safeParse(value).success) return [value];
  const values = Object.values(value);
  return values.length === 0 ? null : values;
}

/** One object, also when it comes as a list: its first row that can be used. */
export function one<T>(row: z.ZodType<T>) {
  return z.transform((value, ctx): T => {
    const tried = (Array.isArray(value) ? value : [value])
      .map((one) => row.safeParse(one));
    const found = tried.find((read) => read.success);
    if (found) return found.data;
    const path = tried[0]?.error?.issues[0]?.path ?? [];
    ctx.addIssue({ code: "custom", message: "no usable row", path: [...path] });
    return z.NEVER;
  });
}

/** What several lists of an answer have lost, under their names. */
export function lost(lists: Readonly<Record<string, Lossy>>): string[] {
  return Object.entries(lists).flatMap(([name, { dropped }]) =>
    dropped.map((path) => path === "" ? name : `${name}.${path}`)
  );
}

/**
 * The cursor of the next page; null when this was the last one. What is no text
 * leads nowhere, and then the list is not known to have ended.
 */
export const nextCursor = z.transform(cursorOf);

export function cursorOf(value: unknown) {
  const cursor = typeof value === "number" && value <= 0 ? "" : textOf(value);
  const isNone = value === "" || value === undefined || value === null;
  const dropped = cursor === "" && !isNone ? [""] : [];
  return { cursor: cursor === "" ? null : cursor, dropped };
}

/**
 * A whole answer, read by one function. A transform of zod's makes a function for
 * each value, which V8 keeps, and the value with it, until its next full
 * collection: of long lists, too much.
 */
export function wholly<T>(read: (body: unknown) => T): z.ZodType<T> {
  return z.unknown().overwrite(read) as unknown as z.ZodType<T>;
}

/** For calls whose answer says nothing but "ok". */
export const nothing = z.transform((): undefined => undefined);

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
