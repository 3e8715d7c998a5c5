/** A rate for all callers together: so many a minute, a tenth of them at once. */
export function createRate(
  aMinute: number,
  now: () => number,
): { take(): boolean } {
  const most = aMinute / 10;
  let left = most;
  let filled = now();
  return {
    take() {
      const at = now();
      left = Math.min(most, left + (at - filled) * aMinute / 60_000);
      filled = at;
      if (left < 1) return false;
      left--;
      return true;
    },
  };
}
