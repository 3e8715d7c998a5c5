/**
 * Reading what a caller sent: query values and JSON fields, checked the way
 * qyapi does it (a missing or badly typed field is 40058, whatever is wrong).
 * Cursors are opaque to the caller: they say after which entry to go on, so
 * that nothing is shown twice when entries come or go between two pages.
 */
import { QyError } from "./errors.ts";
import { CODE } from "../wecom/codes/mod.ts";

export type Body = Record<string, unknown>;

const bad = (field: string) =>
  new QyError(CODE.PARAMETER_INVALID, `invalid Request Parameter: ${field}`);

export function text(body: Body, field: string, max = Infinity): string {
  const value = body[field];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string" || [...value].length > max) throw bad(field);
  return value;
}

export function requiredText(body: Body, field: string): string {
  const value = text(body, field);
  if (value === "") throw bad(field);
  return value;
}

export function integer(body: Body, field: string, fallback: number): number {
  const value = body[field];
  if (value === undefined || value === null) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value)) throw bad(field);
  return value;
}

/** A list of strings, or null when the field is absent. */
export function strings(body: Body, field: string): string[] | null {
  const value = body[field];
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw bad(field);
  return value.map((item) => {
    if (typeof item !== "string") throw bad(field);
    return item;
  });
}

export function object(body: Body, field: string): Body {
  const value = body[field];
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw bad(field);
  return value as Body;
}

export function list(body: Body, field: string): Body[] {
  const value = body[field];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw bad(field);
  return value.map((item: unknown) => {
    if (typeof item !== "object" || item === null) throw bad(field);
    return item as Body;
  });
}

/** "a;b" or a list: what the SDK sends, and what older callers send. */
export function idList(body: Body, field: string): string[] {
  const value = body[field];
  const ids = typeof value === "string"
    ? value.split(";")
    : strings(body, field) ?? [];
  return [...new Set(ids.filter((id) => id !== ""))];
}

/** Packs a position; `scope` ties the cursor to the request it came from. */
export function writeCursor(
  scope: string,
  position: readonly number[],
): string {
  return btoa(`${checksum(scope)}.${position.join(".")}`).replaceAll("=", "");
}

/** The position, `fallback` for an empty cursor; 40058 for one that is not from this request. */
export function readCursor(
  scope: string,
  cursor: string,
  fallback: readonly number[],
): readonly number[] {
  if (cursor === "") return fallback;
  let parts: number[];
  try {
    parts = atob(cursor).split(".").map(Number);
  } catch {
    throw bad("cursor");
  }
  const [sum, ...position] = parts;
  if (sum !== checksum(scope) || position.length !== fallback.length) {
    throw bad("cursor");
  }
  return position;
}

function checksum(value: string): number {
  let sum = 7;
  for (let i = 0; i < value.length; i++) {
    sum = (Math.imul(sum, 31) + value.charCodeAt(i)) >>> 0;
  }
  return sum;
}
