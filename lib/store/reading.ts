/**
 * The order of readings from WeCom. Several instances read the same group or
 * contact, their answers cross, and their clocks differ by seconds; so a number
 * from the database, taken before the question is sent, tells which reading
 * began later. The mirror keeps the latest.
 */
import type { Queries } from "./database.ts";

export interface Reading {
  /** Grows over all instances. */
  readonly number: number;
  /** When it began, by this instance's clock. */
  readonly at: Date;
}

/** Call it before WeCom is asked: what changes afterwards may be missing. */
export async function beginReading(
  queries: Queries,
  now: () => number,
): Promise<Reading> {
  const [row] = await queries<{ number: string }[]>`
    select nextval('reading') as number`;
  return { number: Number(row?.number), at: new Date(now()) };
}
