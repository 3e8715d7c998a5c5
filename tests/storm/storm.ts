/**
 * `deno run -A tests/storm/storm.ts --orders=2000 --instances=2
 * --database=postgres --seed=7`: many orders through their whole life in a
 * storm, then our record against the world. Exit 1 on any difference, and after
 * a long run on any kind of fault that never happened. The seed is printed first;
 * the same seed gives the same plan. `--plant=NAME`, once or several times, puts
 * faults into the product; `--story=question` lets each order live through one.
 * A run that is not sound keeps its logs and data, in `--directory=PATH` if told. Many runs with seeds drawn anew: `series.ts`.
 */
import { parseArgs } from "node:util";
import { isStory, type Story } from "./plan.ts";
import { plantNamed } from "./plants.ts";
import { isSound, reportLines } from "./report.ts";
import { runStorm, type StormOptions } from "./run.ts";

function storyOf(text: string | undefined): Story | null {
  if (text === undefined) return null;
  if (!isStory(text)) throw new Error(`No order lives through ${text}`);
  return text;
}

function options(): StormOptions {
  const { values } = parseArgs({
    args: Deno.args,
    options: {
      orders: { type: "string", default: "200" },
      instances: { type: "string" },
      database: { type: "string", default: "postgres" },
      seed: { type: "string" },
      plant: { type: "string", multiple: true, default: [] },
      kills: { type: "string", default: "yes" },
      story: { type: "string" },
      keep: { type: "boolean", default: false },
      directory: { type: "string" },
    },
  });
  const database = values.database === "pglite" ? "pglite" : "postgres";
  return {
    orders: Number(values.orders),
    // The embedded database belongs to one process.
    instances: database === "pglite" ? 1 : Number(values.instances ?? 2),
    database,
    seed: Number(values.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]),
    plants: values.plant.map(plantNamed),
    kills: values.kills !== "no",
    keep: values.keep,
    story: storyOf(values.story),
    directory: values.directory ?? null,
  };
}

/** Rejects on Ctrl-C, so that nothing that was started stays behind. */
export function interruption(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const end = () => reject(new Error(`Ended by ${signal}`));
      Deno.addSignalListener(signal, end);
    }
  });
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  const asked = options();
  say(
    `storm: ${asked.orders} orders, ${asked.instances} instance(s), ` +
      `${asked.database}, seed ${asked.seed}`,
  );
  const report = await runStorm(asked, say, interruption());
  for (const line of reportLines(report)) say(line);
  Deno.exit(isSound(report) ? 0 : 1);
}
