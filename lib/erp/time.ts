/**
 * Times as ERPs send them. Java sends offsets without a colon, local times
 * without a zone, numbers, or a list of fields; spreadsheets send slashes. What
 * has no zone is local time of the company.
 */
import { z } from "zod";
import { TZDate } from "@date-fns/tz";

/** Year to second as ERPs spell them, with or without a zone behind. */
const WRITTEN =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})(?:[.,](\d{1,9}))?秒?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
/** 2026-11-20 as 20261120, with the time behind it or not. */
const COMPACT =
  /^(\d{4})(\d{2})(\d{2})(?:[T\s]?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?$/i;
/** Seconds have ten digits until 2286, milliseconds thirteen. */
const EPOCH = /^\d{10}(?:\d{3})?$/;
/** An older .NET. */
const DOTNET = /^\/Date\((\d{10,14})(?:[+-]\d{4})?\)\/$/;
const FIRST_YEAR = 1900;

/** What may be a time; `readTime` says whether it is one. */
export const Time = z.union([
  z.string().max(64),
  z.number(),
  z.array(z.number().int()).min(3).max(7),
]).nullish();

/**
 * The time that is meant; null where nothing is written, undefined where it is
 * no time (or one before 1900, which is a placeholder). `timeZone` is an IANA
 * name.
 */
export function readTime(
  value: z.output<typeof Time>,
  timeZone: string,
): Date | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return ofEpoch(String(value));
  if (typeof value !== "string") return ofFields(value, timeZone);
  const text = value.trim();
  if (text === "") return null;
  if (EPOCH.test(text)) return ofEpoch(text);
  const [, ms] = text.match(DOTNET) ?? [];
  if (ms !== undefined) return known(new Date(Number(ms)));
  const written = text.match(WRITTEN) ?? compact(text);
  if (!written) return undefined;
  const [year, month, day, hour, minute, second, fraction, zone] = written
    .slice(1);
  const milliseconds = `${fraction ?? ""}000`.slice(0, 3);
  const fields = [year, month, day, hour, minute, second, milliseconds]
    .map((field) => Number(field ?? 0));
  return ofParts(fields, zone, timeZone);
}

function compact(text: string): (string | undefined)[] | null {
  const found = text.match(COMPACT);
  if (!found) return null;
  const zone = found[7];
  return [...found.slice(0, 7), undefined, zone];
}

/** Seconds or milliseconds since 1970. */
function ofEpoch(digits: string): Date | undefined {
  if (!EPOCH.test(digits)) return undefined;
  return known(new Date(Number(digits) * (digits.length === 10 ? 1_000 : 1)));
}

/** Jackson's list for a local time: year, month, day, hour … nanoseconds. */
function ofFields(
  fields: readonly number[],
  timeZone: string,
): Date | undefined {
  if (fields.length < 3 || fields.length > 7) return undefined;
  const [year, month, day, hour = 0, minute = 0, second = 0, nanos = 0] =
    fields;
  const ms = Math.floor(nanos / 1_000_000);
  const parts = [year ?? 0, month ?? 0, day ?? 0, hour, minute, second, ms];
  return ofParts(parts, undefined, timeZone);
}

/** Refuses 30 February and 25 o'clock instead of moving them on. */
function ofParts(
  parts: readonly number[],
  zone: string | undefined,
  timeZone: string,
): Date | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    parts;
  const utc = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day &&
    utc.getUTCHours() === hour && minute < 60 && second < 60;
  // Before years are handed on: dates take 26 for 1926.
  if (!exists || year < FIRST_YEAR) return undefined;
  const ms = parts[6] ?? 0;
  if (zone === undefined) {
    const local = new TZDate(
      year,
      month - 1,
      day,
      hour,
      minute,
      second,
      ms,
      timeZone,
    );
    return known(new Date(local.getTime()));
  }
  return known(new Date(utc.getTime() + ms - offsetMs(zone)));
}

function offsetMs(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(":", "") || 0);
  const sign = zone.startsWith("-") ? -1 : 1;
  return sign * (hours * 60 + minutes) * 60_000;
}

function known(time: Date): Date | undefined {
  return time.getUTCFullYear() >= FIRST_YEAR ? time : undefined;
}
