/**
 * Cursors of lists. One that comes again, at once or after others, would be
 * asked for for ever, and so would cursors that are new each time; one that was
 * saved may have lost its meaning.
 */
import { CODE } from "./codes/mod.ts";
import { unavailable, WecomError } from "./error.ts";

/** Busy, stale tokens, a conflict: codes that say nothing about what was asked. */
export const PASSING: ReadonlySet<number | null> = new Set([
  CODE.BUSY,
  CODE.BAD_TOKEN,
  CODE.TOKEN_EXPIRED,
  CODE.CONFLICT,
]);

/** Half a million contacts of one person: nobody has so many. */
const MOST_PAGES = 5_000;

/**
 * For a list that is read from `start` on: answers the cursor of the next page,
 * undefined after the last one. Throws when a cursor comes again, also in a
 * circle, and when there is no end to them.
 */
export function createPaging(
  endpoint: { readonly name: string },
  start = "",
): (next: string | null) => string | undefined {
  const seen = new Set([start]);
  return (next) => {
    if (next === null) return undefined;
    if (seen.has(next)) throw endless(endpoint.name, "a cursor comes again");
    if (seen.size > MOST_PAGES) throw endless(endpoint.name, "too many pages");
    seen.add(next);
    return next;
  };
}

const circles = new WeakSet<object>();

function endless(endpoint: string, note: string): WecomError {
  const error = unavailable(endpoint, "garbage", { note });
  circles.add(error);
  return error;
}

/** Is it that the list would have no end? */
export function isCircle(error: unknown): boolean {
  return error instanceof WecomError && circles.has(error);
}

/** May a saved cursor be to blame? Then the list is read once from its start. */
export function doubtsCursor(error: unknown): boolean {
  return isCircle(error) || error instanceof WecomError &&
      error.failure === "errcode" &&
      error.errorName === "WECOM_UNAVAILABLE" && !PASSING.has(error.errcode);
}
