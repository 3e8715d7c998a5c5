/**
 * An endpoint of qyapi is data: where the input goes, what the answer looks like, and what it may
 * cost. The client has one `call` that reads this; adding an endpoint is adding one constant.
 * Budgets: WeCom allows 10,000 calls a minute for a corp and API (90312), but refuses parallel
 * calls of customer lists with 45033, so each endpoint has its own bound in each process.
 */
import { z } from "zod";

export interface Endpoint<in I, out O> {
  /** Path below `/cgi-bin/`; also the name in errors and logs. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** `none` for gettoken, whose credentials are part of its input. */
  readonly auth: "token" | "none";
  /** Answers the query without the access token. */
  readonly query?: (input: I) => Readonly<Record<string, string>>;
  /** Answers the JSON body. Members that are undefined are left out. */
  readonly body?: (input: I) => unknown;
  readonly answer: z.ZodType<O>;
  /** Time for one attempt, in ms. */
  readonly timeoutMs: number;
  /** Calls of one process at the same time. */
  readonly parallel: number;
}

/** Fills in the usual budget: 6 s an attempt, 6 calls at once. */
export function endpoint<I, O>(
  spec:
    & Omit<Endpoint<I, O>, "auth" | "timeoutMs" | "parallel">
    & Partial<Pick<Endpoint<I, O>, "auth" | "timeoutMs" | "parallel">>,
): Endpoint<I, O> {
  return { auth: "token", timeoutMs: 6_000, parallel: 6, ...spec };
}

/** The path on qyapi; what the relay lets through. */
export function pathOf(endpoint: { readonly name: string }): string {
  return `/cgi-bin/${endpoint.name}`;
}

// Building blocks of tolerant answers: WeCom leaves fields out, or sends them empty or null, and adds
// new ones. What we cannot do without is required; all else has an empty value.

/** Text that may be absent: empty then. Nicknames have been seen with NUL, which no database keeps. */
export const text = z.union([z.string(), z.number()]).nullish().transform((v) =>
  String(v ?? "").replaceAll("\0", "")
);

/** A number of one of WeCom's tables, also when it comes as text; null if none. */
export const code = z.union([z.number(), z.string().regex(/^\d{1,9}$/)])
  .nullish().catch(null)
  .transform((v) => v === null || v === undefined ? null : Number(v));

/** Text that may be absent or empty: null then. */
export const textOrNull = text.transform((v) => v === "" ? null : v);

/** A list that may be absent. */
export function list<T extends z.ZodType>(item: T) {
  return z.array(item).nullish().transform((v) => v ?? []);
}

/** A list of texts that may be absent or hold empty ones, which are dropped. */
export const texts = list(text).transform((all) =>
  all.filter((one) => one !== "")
);

/** Year 9999 in seconds: beyond it there is no time that databases take. */
const LAST_SECOND = 253_402_300_799;

/** Seconds since epoch on the wire, ms since epoch for us; 0 when absent or no time at all. */
export const secondsAsMs = z.union([z.number(), z.string().regex(/^\d+$/)])
  .nullish()
  .transform((v) => {
    const seconds = Number(v ?? 0);
    return seconds >= 0 && seconds <= LAST_SECOND ? seconds * 1000 : 0;
  });

/** The cursor of the next page; null when this was the last one. */
export const nextCursor = textOrNull;

/** For calls whose answer says nothing but "ok". */
export const nothing = z.unknown().transform((): undefined => undefined);
