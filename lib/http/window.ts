/**
 * So many within a time, by key: a bucket that fills evenly. Of a process, since a
 * limit against abuse need not be exact; of the keys those are forgotten that were
 * not used for longest.
 */
export interface Window {
  /** 0: taken. Else the ms after which it may be tried again. */
  take(key: string): number;
}

export interface WindowSize {
  most: number;
  perMs: number;
  /** Of so many the fill is remembered. */
  keys: number;
}

export function createWindow(
  { most, perMs, keys }: WindowSize,
  now: () => number,
): Window {
  const buckets = new Map<string, { left: number; at: number }>();
  const stepMs = perMs / most;
  return {
    take(key) {
      const at = now();
      const known = buckets.get(key);
      const left = known
        ? Math.min(most, known.left + (at - known.at) / stepMs)
        : most;
      buckets.delete(key);
      const isFree = left >= 1;
      buckets.set(key, { left: isFree ? left - 1 : left, at });
      const [oldest] = buckets.keys();
      if (buckets.size > keys && oldest !== undefined) buckets.delete(oldest);
      // Rounded first: parts of a millisecond are an error of counting.
      return isFree ? 0 : Math.max(1, Math.round((1 - left) * stepMs));
    },
  };
}
