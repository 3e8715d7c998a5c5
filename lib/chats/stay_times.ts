/**
 * Times of stays. WeCom does not always say when somebody joined; then it is
 * assumed, and put right when a later answer tells. WeCom's times are whole
 * seconds, so an assumed one is known by its milliseconds.
 */
const SECOND_MS = 1_000;

/** An event's second and a member's `join_time` are not always the same. */
export const SAME_JOINING_MS = 5_000;

/** The clock that noticed an end may be behind WeCom's, which tells of it. */
export const SKEW_MS = 10_000;

/** The moment before `at`, ms since epoch. */
export function assume(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS - 1;
}

export function isAssumed(at: number): boolean {
  return at % SECOND_MS !== 0;
}

/** The second that a beginning stands for, assumed or not. */
export function secondOf(joinedAt: number): number {
  return Math.ceil(joinedAt / SECOND_MS) * SECOND_MS;
}

/** The second that holds this moment. */
export function floorSecond(at: number): number {
  return Math.floor(at / SECOND_MS) * SECOND_MS;
}
