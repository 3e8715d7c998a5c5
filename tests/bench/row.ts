/**
 * What a part of the bench answers: numbers with their limits, so that the JSON
 * file can be read by programs and compared with the run before. A ratio is taken
 * within one run, on one machine.
 */
export interface Row {
  /** Unique over the whole bench, in words: "orders of a designer, 1,000,000 / 1,000". */
  name: string;
  value: number;
  /** "ms", "MB", "x" for a ratio, "calls", "bytes", "/s" or what else it is. */
  unit: string;
  /** The most, or the least, that holds; null: measured, and judged by nobody. */
  limit: { most: number } | { least: number } | null;
}

export interface BenchOptions {
  /** Small sizes: the whole bench takes under two minutes then. */
  quick: boolean;
  /** Tells the person at the terminal how far it is. */
  say(line: string): void;
}

/** A part of the bench. Cleans up behind itself. */
export type Bench = (options: BenchOptions) => Promise<Row[]>;

export function holds({ value, limit }: Row): boolean {
  if (limit === null) return true;
  return "most" in limit ? value <= limit.most : value >= limit.least;
}

/** The middle one; NaN when there is none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** `q` in [0, 1]. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
}
