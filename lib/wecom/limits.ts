/** What WeCom limits, and how it says that it was too much. */
import { CODE } from "./codes/mod.ts";

/** What is limited: the calls of one API. */
export interface Limited {
  readonly name: string;
  /** Calls at the same time, of the whole company. */
  readonly parallel: number;
}

/**
 * WeCom allows 10,000 calls of an API in a minute; a fifth is left to others, and
 * for the first moments of a process.
 */
export const CALLS_A_SECOND = 130;

/** What WeCom found too many of: calls at the same time, or in a time. */
export type TooMany = "parallel" | "rate";

export function tooMany(errcode: number): TooMany | null {
  if (errcode === CODE.TOO_MANY_PARALLEL) return "parallel";
  return errcode === CODE.RATE_LIMITED ? "rate" : null;
}
