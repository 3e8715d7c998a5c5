/**
 * What a part of the bench answers: numbers with their limits, so that the JSON
 * file can be read by programs and compared with the run before. A ratio is taken
 * within one run, on one machine.
 */
import { parseArgs } from "node:util";

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
  /** How many orders live through a storm; the part's own number unless told. */
  orders?: number;
  /** What draws a storm's plan. */
  seed?: number;
}

/** A part of the bench. Cleans up behind itself. */
export type Bench = (options: BenchOptions) => Promise<Row[]>;

export function holds({ value, limit }: Pick<Row, "value" | "limit">): boolean {
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

/** Two digits behind the point: more is noise. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A size as names of rows have it: 1,000,000. */
export function sized(value: number): string {
  return value.toLocaleString("en");
}

/** A row in a line, for the terminal. */
export function told({ name, value, unit, limit }: Row): string {
  const bound = limit === null
    ? ""
    : "most" in limit
    ? `, at most ${limit.most}`
    : `, at least ${limit.least}`;
  const verdict = holds({ value, limit }) ? "" : "  DOES NOT HOLD";
  return `${name}: ${value} ${unit}${bound}${verdict}`;
}

/**
 * A part by itself, as a script: prints its rows, and ends with 1 when one does
 * not hold. `--quick` for small sizes.
 */
export async function runAlone(bench: Bench): Promise<never> {
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  const rows = await bench({ quick: Deno.args.includes("--quick"), say });
  for (const row of rows) say(told(row));
  Deno.exit(rows.every(holds) ? 0 : 1);
}

/** `--against=TREE`, once or several times: measures this tree and those in turns. */
export async function runAgainst(
  compare: (trees: string[], options: BenchOptions) => Promise<unknown>,
): Promise<void> {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      against: { type: "string", multiple: true, default: [] },
      quick: { type: "boolean", default: false },
    },
  });
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  const found = await compare(values.against, { quick: values.quick, say });
  say(JSON.stringify(found, null, 2));
}
