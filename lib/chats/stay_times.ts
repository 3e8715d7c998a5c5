/**
 * Times of stays. WeCom does not always say when somebody joined; then a time
 * is assumed, and corrected when a later answer tells the real one. WeCom's
 * times are whole seconds, so an assumed one is recognised by its milliseconds.
 */
const SECOND_MS = 1_000;

/**
 * The time of an event and the member's `join_time` may differ by this much.
 */
export const SAME_JOINING_MS = 5_000;

/**
 * Our clock, which noticed an end, may be this much behind WeCom's, which told
 * it.
 */
export const SKEW_MS = 10_000;

/** An assumed time for `at` (ms since epoch): the millisecond before it. */
export function assume(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS - 1;
}

export function isAssumed(at: number): boolean {
  return at % SECOND_MS !== 0;
}

/** The second that a beginning means, assumed or not. */
export function secondOf(joinedAt: number): number {
  return Math.ceil(joinedAt / SECOND_MS) * SECOND_MS;
}

/** The second that holds this moment. */
export function floorSecond(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS;
}
