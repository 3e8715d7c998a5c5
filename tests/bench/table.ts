/**
 * `deno run -A tests/bench/table.ts bench.json`: puts the rows that parts.ts names
 * into the README's table, between its two markers. It refuses a file that lacks
 * one of them, so that no number in the README is of another run.
 */
import { isShown, type Part, PARTS } from "./parts.ts";
import type { BenchResult, ResultRow } from "./run.ts";

export const BEGIN = "<!-- measured -->";
export const END = "<!-- /measured -->";
const README = new URL("../../README.md", import.meta.url);
const HEAD = ["what", "measured", "must be"] as const;

type Line = readonly [string, string, string];

/** The table with the sentence above it. Throws when a row is missing. */
export function tableOf(
  result: BenchResult,
  parts: readonly Part[] = PARTS,
): string {
  const missing: string[] = [];
  const lines: Line[] = parts.flatMap(({ name: part, shown }) =>
    shown.flatMap((pattern) => {
      const row = result.rows.find((row) =>
        row.part === part && isShown(pattern, row.name) && row.value !== null
      );
      if (!row) missing.push(`${part}: ${pattern}`);
      return row ? [lineOf(row)] : [];
    })
  );
  if (missing.length > 0) {
    throw new Error(`The file lacks rows:\n${missing.join("\n")}`);
  }
  const { machine: { cores, memoryMB }, deno, at } = result;
  const memory = Math.round(memoryMB / 1024);
  return [
    `Measured on ${
      at.slice(0, 10)
    } with ${cores} cores, ${memory} GB of memory`,
    `and Deno ${deno}${
      result.quick ? ", at the small sizes of `--quick`" : ""
    }:`,
    "",
    ...aligned([HEAD, ...lines]),
  ].join("\n");
}

/** The README with the table in its place. */
export function withTable(readme: string, table: string): string {
  const [before, rest] = readme.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (after === undefined) throw new Error(`No ${BEGIN} and ${END} in it`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

/** The names of the rows that a README shows. */
export function namesIn(readme: string): string[] {
  const table = readme.split(BEGIN)[1]?.split(END)[0] ?? "";
  return table.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.split("|")[1]?.trim() ?? "")
    .filter((name) => name !== HEAD[0] && !/^-+$/.test(name));
}

function lineOf({ name, value, unit, limit, holds }: ResultRow): Line {
  const bound = limit === null
    ? "–"
    : "most" in limit
    ? `≤ ${numberOf(limit.most)}`
    : `≥ ${numberOf(limit.least)}`;
  const measured = `${numberOf(value ?? NaN)} ${unit}`;
  return [name, holds ? measured : `**${measured}**`, bound];
}

function numberOf(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 2 });
}

/** As `deno fmt` would align it. */
function aligned(lines: readonly Line[]): string[] {
  const widths = HEAD.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0))
  );
  const drawn = lines.map((line) =>
    `| ${
      line.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")
    } |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [drawn[0] ?? "", rule, ...drawn.slice(1)];
}

if (import.meta.main) {
  const [path = "bench.json"] = Deno.args;
  const result: BenchResult = JSON.parse(await Deno.readTextFile(path));
  const readme = await Deno.readTextFile(README);
  await Deno.writeTextFile(README, withTable(readme, tableOf(result)));
}
