/**
 * Whether the storm catches what it is for: each planted fault must be found as
 * a difference of its kind.
 */
import { PLANTED_TOGETHER, plantNamed } from "../storm/plants.ts";
import { runStorm } from "../storm/run.ts";
import { interruption } from "../storm/storm.ts";
import { type Bench, type Row, runAlone } from "./row.ts";

const SEED = 6;

export const plants: Bench = async ({ quick, say }) => {
  const rows: Row[] = [];
  for (const names of quick ? PLANTED_TOGETHER.slice(0, 1) : PLANTED_TOGETHER) {
    const report = await runStorm(
      {
        orders: quick ? 12 : 40,
        instances: 1,
        database: "pglite",
        seed: SEED,
        plants: names.map(plantNamed),
        story: plantNamed(names[0] ?? "").story ?? null,
        kills: false,
        keep: false,
        directory: null,
      },
      say,
      interruption(),
    );
    // Nobody looks for the cause of these.
    if (report.kept) await Deno.remove(report.kept, { recursive: true });
    for (const name of names) {
      const { kind } = plantNamed(name);
      rows.push({
        name: `differences that tell of the planted fault ${name}`,
        value: report.differences.filter((one) => one.kind === kind).length,
        unit: "differences",
        limit: { least: 1 },
      });
    }
  }
  return rows;
};

if (import.meta.main) await runAlone(plants);
