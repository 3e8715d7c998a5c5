/**
 * Times as ERPs send them. Java sends offsets without a colon, local times
 * without a zone, numbers, or a list of fields; .NET and MySQL send a date of
 * their own for none; PHP an object; spreadsheets slashes, 下午, or the days
 * since 1900. What has no zone is local time of the company.
 */
import { z } from "zod";
import { TZDate } from "@date-fns/tz";

const HALF = "(上午|下午|[AP]M)?";
const CLOCK =
  `${HALF}\\s*(\\d{1,2})[:时](\\d{1,2})分?(?::?(\\d{1,2})(?:[.,](\\d{1,9}))?秒?)?\\s*${HALF}`;
/** `[Asia/Shanghai]` behind an offset says where it is from, in Java. */
const ZONE =
  "(Z|CST|(?:UTC|GMT)(?:[+-]\\d{1,2}(?::?\\d{2})?)?|[+-]\\d{2}(?::?\\d{2})?)?(?:\\[[\\w/+-]+\\])?";
/** Year to second as ERPs spell them, with or without a zone behind. */
const WRITTEN = new RegExp(
  "^(\\d{4})[-/.年](\\d{1,2})[-/.月](\\d{1,2})日?" +
    `(?:[T\\s]*(?<=[T\\s日])${CLOCK})?\\s*${ZONE}$`,
  "i",
);
/** 2026-11-20 as 20261120, with the time behind it or not. */
const COMPACT = new RegExp(
  "^(\\d{4})(\\d{2})(\\d{2})(?:[T\\s]?()(\\d{2}):?(\\d{2}):?" +
    `(?:(\\d{2})(\\d{3})?)?())?${ZONE}$`,
  "i",
);
/** As mail and JavaScript write it: Fri, 20 Nov 2026 02:00:00 GMT. */
const NAMED_DAY =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d{4}.* (?:GMT|UTC|[+-]\d{4})/i;
/** As Java prints a Date: Fri Nov 20 10:00:00 CST 2026. */
const JAVA_DATE =
  /^(?:[a-z]{3}) ([a-z]{3}) (\d{2}) (\d{2}:\d{2}:\d{2}) (\S{1,9}) (\d{4})$/i;
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
/** An older .NET. */
const DOTNET = /^\/Date\((-?\d{1,14})(?:[+-]\d{4})?\)\/$/;
const NUMBER = /^-?\d{1,17}(?:\.\d{1,20})?(?:E\+?\d{1,2})?$/i;
/** What programs write for none. */
const NONE = /^(?:null|-+|无|0{4}([-/.]?)00\1?00.*)?$/i;
/** Times before and after are none, too: 0001-01-01, 9999-12-31. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;
/** Days that a spreadsheet counts since 1900: 1954 to 2118. */
const SERIAL = { first: 20_000, last: 80_000, ofEpoch: 25_569 };
const DAY_MS = 24 * 60 * 60_000;
/** So far the ERP's clock may be from ours. */
export const CLOCK_SKEW_MS = 10 * 60_000;

/** What may be a time; `readTime` says whether it is one. */
export const Time = z.union([
  z.string().max(80),
  z.number(),
  z.array(z.number().int()).min(3).max(7),
  // A DateTime of PHP.
  z.object({ date: z.string().max(40), timezone: z.string().max(40) }),
]).nullish();

/**
 * The time that is meant; null where nothing is written, or what programs write
 * for nothing; undefined where it is no time. `timeZone` is an IANA name.
 */
export function readTime(
  value: z.output<typeof Time>,
  timeZone: string,
): Date | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return ofNumber(value, timeZone);
  if (Array.isArray(value)) return ofFields(value, timeZone);
  if (typeof value === "object") return ofPhp(value);
  const text = value.trim();
  if (NONE.test(text)) return null;
  const [, ms] = text.match(DOTNET) ?? [];
  if (ms !== undefined) return known(new Date(Number(ms)));
  const written = inOrder(text).match(WRITTEN) ?? text.match(COMPACT);
  if (written) return ofWritten(written, timeZone);
  if (NAMED_DAY.test(text)) return known(new Date(text));
  return NUMBER.test(text) ? ofNumber(Number(text), timeZone) : undefined;
}

/** What Java printed, from the year to the zone; anything else as it is. */
function inOrder(text: string): string {
  const [, month = "", day, time, zone, year] = text.match(JAVA_DATE) ?? [];
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  return number === 0 ? text : `${year}-${number}-${day} ${time} ${zone}`;
}

function ofWritten(
  written: readonly (string | undefined)[],
  timeZone: string,
): Date | null | undefined {
  const [year, month, day, before, hour, minute, second, fraction, behind] =
    written.slice(1);
  const half = before || behind;
  const hours = half ? ofHalf(Number(hour), half) : Number(hour ?? 0);
  const milliseconds = `${fraction ?? ""}000`.slice(0, 3);
  const fields = [year, month, day, hours, minute, second, milliseconds]
    .map((field) => Number(field ?? 0));
  const zone = written.at(10);
  if (!/^cst$/i.test(zone ?? "")) return ofParts(fields, zone, timeZone);
  // China's, for a company there; Chicago's and Cuba's are called the same.
  const local = ofParts(fields, undefined, timeZone);
  const chinese = ofParts(fields, "+08:00", timeZone);
  return local?.getTime() === chinese?.getTime() ? local : undefined;
}

/** 12 PM is noon, 12 AM midnight; 下午 14:00 is said, too. */
function ofHalf(hour: number, half: string): number {
  const late = /下午|PM/i.test(half);
  if (hour > 12) return late ? hour : NaN;
  return hour % 12 + (late ? 12 : 0);
}

/** Since 1970 by its length, a date in digits, or the days of a spreadsheet. */
function ofNumber(value: number, timeZone: string): Date | null | undefined {
  if (value === 0) return null;
  const whole = String(Math.trunc(value));
  const written = Number.isInteger(value) ? whole.match(COMPACT) : null;
  if (written) return ofWritten(written, timeZone);
  if (value >= SERIAL.first && value < SERIAL.last) {
    // To the second: a float of days is no more exact.
    const seconds = Math.round((value - SERIAL.ofEpoch) * (DAY_MS / 1_000));
    const local = new Date(seconds * 1_000).toISOString().slice(0, 19);
    return readTime(local, timeZone);
  }
  // Seconds have ten digits until 2286, milliseconds thirteen.
  const unit = { 10: 1_000, 13: 1, 16: 1 / 1_000 }[whole.length];
  if (unit && value > 0) return known(new Date(value * unit));
  const beforeAll = value * (whole.length > 12 ? 1 : 1_000);
  return beforeAll < Date.UTC(0, 0) ? null : undefined;
}

function ofPhp({ date, timezone }: { date: string; timezone: string }) {
  if (/^(?:Z$|[+-])/i.test(timezone)) return readTime(date + timezone, "UTC");
  const isZone = Intl.supportedValuesOf("timeZone").includes(timezone) ||
    timezone === "UTC";
  return isZone ? readTime(date, timezone) : undefined;
}

/** Jackson's list for a local time: year, month, day, hour … nanoseconds. */
function ofFields(
  fields: readonly number[],
  timeZone: string,
): Date | null | undefined {
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
): Date | null | undefined {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] =
    parts;
  const utc = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  // Before years are handed on: dates take 26 for 1926.
  utc.setUTCFullYear(year);
  const exists = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day &&
    utc.getUTCHours() === hour && minute < 60 && second < 60;
  if (!exists) return undefined;
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
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
  const offset = offsetMs(zone);
  return offset === undefined
    ? undefined
    : known(new Date(utc.getTime() + ms - offset));
}

function offsetMs(zone: string): number | undefined {
  const [, sign, hours = "0", minutes = "0"] =
    /([+-])(\d{1,2}):?(\d{2})?$/.exec(zone) ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  if (offset > 14 * 60 || Number(minutes) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * offset * 60_000;
}

function known(time: Date): Date | null | undefined {
  if (Number.isNaN(time.getTime())) return undefined;
  const year = time.getUTCFullYear();
  return year < FIRST_YEAR || year > LAST_YEAR ? null : time;
}
