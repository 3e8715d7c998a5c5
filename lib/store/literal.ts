/**
 * A whole number as part of a statement's text. Of a limit that is a parameter
 * Postgres assumes that it is a tenth of all rows, so that it plans the statement
 * anew each time, for the number that came: 2 ms, where the plan is a large one.
 */
import type { Fragment, Queries } from "./sql.ts";

/** For the few numbers that are in our code: each makes a statement of its own. */
export function literal(sql: Queries, number: number): Fragment {
  if (!Number.isSafeInteger(number)) {
    throw new RangeError(`No whole number: ${number}`);
  }
  const text = [String(number)];
  return sql(Object.assign(text, { raw: text }));
}
