/**
 * An endpoint of qyapi is data: where the input goes, what the answer looks like, and what it may
 * cost. The client has one `call` that reads this; adding an endpoint is adding one constant.
 * Budgets: WeCom allows 10,000 calls a minute for a corp and API (90312), but refuses parallel
 * calls of customer lists with 45033, so each endpoint has its own bound, which all processes share.
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
  /**
   * Doing it twice is not the same as once: it is not sent again when the
   * answer was lost.
   */
  readonly once?: true;
  /** Time for one attempt, in ms. */
  readonly timeoutMs: number;
  /** Calls of the whole company at the same time (`budget.ts`). */
  readonly parallel: number;
}

/** Fills in the usual budget: 6 s an attempt, 6 calls in parallel. */
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
