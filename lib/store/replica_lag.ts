/**
 * How far a replica is behind. Positions in the primary's log are noted with the
 * time at which they were asked for; a replica that has replayed a position shows
 * everything that was committed before it was asked for. So the answer holds when
 * nobody writes, when the replica has lost its primary, and whatever the clocks of
 * the two say. Only right after a start, or when nobody has asked for a while, no
 * position is old enough, and the time of the last replayed commit must do (by the
 * server's clocks).
 */

/** Beyond it the primary answers. */
export const MOST_LAG_MS = 10_000;

/** A position in the primary's log, in bytes, and when it was asked for, ms. */
export interface Noted {
  readonly position: number;
  readonly at: number;
}

/** What a replica has replayed. */
export interface Replayed {
  /** null: nothing yet. */
  readonly position: number | null;
  /** Since the last commit that it replayed was made; null when it knows none. */
  readonly commitAgeMs: number | null;
}

export interface Lag {
  /** What is missing is at least so old; 0 when nothing is known to be missing. */
  atLeastMs: number;
  /** Everything older is there; null when that cannot be told by positions. */
  atMostMs: number | null;
}

/** `noted` from the oldest to the newest; `at`: now, of the same clock. */
export function lagOf(
  noted: readonly Noted[],
  { position }: Replayed,
  at: number,
): Lag {
  const isThere = (one: Noted) => position !== null && one.position <= position;
  const reached = noted.findLast(isThere);
  const missing = noted.find((one) => !isThere(one));
  return {
    atLeastMs: missing ? at - missing.at : 0,
    atMostMs: reached ? at - reached.at : null,
  };
}

/** Whether a replica with this lag may answer. */
export function mayAnswer(
  { atLeastMs, atMostMs }: Lag,
  { commitAgeMs }: Replayed,
  mostMs: number = MOST_LAG_MS,
): boolean {
  if (atLeastMs > mostMs) return false;
  if (atMostMs !== null && atMostMs <= mostMs) return true;
  return commitAgeMs !== null && commitAgeMs <= mostMs;
}

/** So many say enough, however long the replica is behind. */
const MOST_NOTED = 40;

/**
 * With one position more. Of those that the replica has reached the newest is kept,
 * of the others the oldest, which says how long it is behind. A log that has become
 * shorter is another server's (a failover): what was noted before says nothing.
 */
export function note(
  noted: readonly Noted[],
  one: Noted,
  reached: number | null,
): Noted[] {
  const last = noted.at(-1);
  if (last && last.position > one.position) return [one];
  const behind = noted.findLastIndex(({ position }) =>
    reached !== null && position <= reached
  );
  const kept = noted.slice(Math.max(behind, 0));
  if (kept.length >= MOST_NOTED) kept.splice(2, 1);
  return [...kept, one];
}
