/**
 * A storm over the product on either database: what differs from the world
 * afterwards, by its kind (`tests/storm/compare.ts` says what each is).
 */
import { KINDS } from "../storm/compare.ts";
import { silentKinds } from "../storm/faults.ts";
import { reportLines } from "../storm/report.ts";
import { runStorm, type StormOptions } from "../storm/run.ts";
import { interruption } from "../storm/storm.ts";
import { type Bench, type Row, runAlone, sized } from "./row.ts";

const ORDERS = 200;
const SEED = 7;
/** So many orders are enough to meet every kind of fault. */
const LONG = 500;

const QUICK: readonly StormOptions["database"][] = ["postgres"];
const FULL: readonly StormOptions["database"][] = ["postgres", "pglite"];
const CALLED = { postgres: "Postgres", pglite: "PGlite" } as const;

export const storms: Bench = async ({ quick, say, ...asked }) => {
  const { orders = quick ? 12 : ORDERS, seed = SEED } = asked;
  const rows: Row[] = [];
  for (const database of quick ? QUICK : FULL) {
    const options: StormOptions = {
      orders,
      seed,
      database,
      // The embedded database belongs to one process.
      instances: database === "postgres" ? 2 : 1,
      plants: [],
      kills: true,
      keep: false,
      story: null,
      directory: null,
    };
    const report = await runStorm(options, say, interruption());
    for (const line of reportLines(report)) say(line);
    const where = `${sized(orders)} orders on ${CALLED[database]}`;
    rows.push(
      {
        name: `groups bound in a storm, ${where}`,
        value: report.bound,
        unit: "groups",
        limit: { least: 1 },
      },
      ...KINDS.map((kind) => ({
        name: `differences of the kind ${kind} after a storm, ${where}`,
        value: report.differences.filter((one) => one.kind === kind).length,
        unit: "differences",
        limit: { most: 0 },
      })),
      {
        name: `kinds of fault that never happened in a storm, ${where}`,
        value: silentKinds(report.ledger, options).length,
        unit: "kinds",
        limit: orders < LONG ? null : { most: 0 },
      },
    );
  }
  return rows;
};

if (import.meta.main) await runAlone(storms);
