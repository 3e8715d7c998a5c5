/**
 * The values of a callback's fields, as senders and those between really write
 * them: numbers are texts, lists come as items or as one text, and the time is
 * in seconds (92130), in ms (seen with 13 digits), absent or nonsense.
 */
import { z } from "zod";
import type { Fields } from "./xml.ts";

export const id = z.string().min(1).max(256);

/** Absent or empty: null. */
export const optional = z.union([z.string(), z.array(z.string())]).optional()
  .transform((v) => typeof v === "string" && v !== "" ? v : null);

/** A number of people; null when it is absent or no number. */
export const count = optional.transform((v) =>
  v !== null && /^\d{1,6}$/.test(v) ? Number(v) : null
);

/** Ids as items, as one item, or as one text with commas; none twice. */
export const ids = z.union([z.array(z.string()), z.string()]).optional()
  .transform((v) => {
    const all = (typeof v === "string" ? [v] : v ?? [])
      .flatMap((text) => text.split(/[\s,;|]+/));
    return [...new Set(all.filter(Boolean))];
  });

/** A time that may lie anywhere, in ms since epoch; null when there is none. */
export const toldTime = optional.transform((v) => v === null ? null : msOf(v));

export function isListed<const T extends string>(
  list: readonly T[],
  value: unknown,
): value is T {
  return list.some((one) => one === value);
}

const SECOND_MS = 1_000;
const HOUR_MS = 60 * 60_000;
/** WeCom sends an event three times within seconds (90930), then never again. */
const LATEST_MS = 24 * HOUR_MS;
/** Less than this is seconds, or ms of the year 1973. */
const LEAST_MS = 1e11;

/** ms since epoch, whole seconds; null when it is no time. */
function msOf(text: string): number | null {
  if (!/^\d{1,13}$/.test(text)) return null;
  const value = Number(text);
  const ms = value < LEAST_MS ? value * SECOND_MS : value;
  return ms === 0 ? null : Math.floor(ms / SECOND_MS) * SECOND_MS;
}

/** `CreateTime` where it can be true of what came at `arrivedAt`, else null. */
export function createTime(fields: Fields, arrivedAt: number): number | null {
  const { CreateTime: text } = fields;
  const ms = typeof text === "string" ? msOf(text) : null;
  if (ms === null) return null;
  return ms >= arrivedAt - LATEST_MS && ms <= arrivedAt + HOUR_MS ? ms : null;
}

/** When it happened, ms since epoch; by its arrival where that is not told. */
export function timeOf(fields: Fields, arrivedAt: number): number {
  return createTime(fields, arrivedAt) ??
    Math.floor(arrivedAt / SECOND_MS) * SECOND_MS;
}
