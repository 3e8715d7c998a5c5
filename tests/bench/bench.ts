/**
 * `deno task bench`: measures what must hold (DESIGN) and writes one JSON file,
 * `bench.json` or the one named by `--out=`. Sizes of the storms can be set:
 * `--orders=2000` for the full one.
 */
import { parseArgs } from "node:util";
import { benchMatch } from "./match.ts";
import { benchConfluence } from "./confluence.ts";
import { benchCuts } from "./cuts.ts";
import { benchPage } from "./page.ts";
import { differencesIn } from "../storm/report.ts";
import { PLANTED_TOGETHER, plantNamed } from "../storm/plants.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    out: { type: "string", default: "bench.json" },
    orders: { type: "string", default: "200" },
    seed: { type: "string", default: "7" },
  },
});

// deno-lint-ignore no-console -- for the person at the terminal
const say = (line: string) => console.log(line);

async function script(path: string, ...args: string[]) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL(path, import.meta.url).href, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
  for (const line of lines) say(`  ${line}`);
  return { passed: code === 0, lines };
}

say("match among 1,000,000 contacts");
const match = await benchMatch();
say(`  ${JSON.stringify(match)}`);
say("the ways back in any order");
const confluence = await benchConfluence();
say(`  ${JSON.stringify(confluence)}`);
say("opening a matched page");
const page = await benchPage();
say(`  ${JSON.stringify(page)}`);
say("the database cut while people work");
const cuts = await benchCuts();
say(`  ${JSON.stringify(cuts)}`);
const unharmed = cuts.lost + cuts.torn === 0 &&
  cuts.answeredAfterwards.startsWith("1000 of");
const seed = `--seed=${values.seed}`;
const orders = `--orders=${values.orders}`;
say("storm on Postgres, two instances");
const storm = await script("../storm/storm.ts", orders, seed);
say("the same on PGlite, one instance");
const embedded = await script(
  "../storm/storm.ts",
  "--database=pglite",
  orders,
  seed,
);
say("the storm over products with planted faults");
const planted = [];
for (const names of PLANTED_TOGETHER) {
  const run = await script(
    "../storm/storm.ts",
    "--database=pglite",
    "--kills=no",
    "--orders=40",
    "--seed=6",
    ...names.map((name) => `--plant=${name}`),
  );
  const text = run.lines.join("\n");
  const found = differencesIn(text);
  // Nobody looks for the cause of these.
  const [, kept] = /^logs and data kept in (.+)$/m.exec(text) ?? [];
  if (kept) await Deno.remove(kept, { recursive: true });
  for (const name of names) {
    const { kind } = plantNamed(name);
    const caught = (found.get(kind) ?? 0) > 0;
    say(`  ${name} as ${kind}: ${caught ? "caught" : "NOT CAUGHT"}`);
    planted.push({ name, kind, caught });
  }
}
const caught = planted.every((one) => one.caught);
say("events");
const events = await script("../inbox/storm.ts");
say("a night over unchanged groups");
const night = await script("../reconcile/nightly.ts");

const result = {
  at: new Date().toISOString(),
  deno: Deno.version.deno,
  match,
  confluence,
  page,
  cuts,
  storm,
  embedded,
  planted: { caught, plants: planted },
  events,
  night,
};
await Deno.writeTextFile(values.out, JSON.stringify(result, null, 2) + "\n");
say(`written to ${values.out}`);
const held = [storm, embedded, events, night].every(({ passed }) => passed);
const agreed = confluence.contradictions === 0;
Deno.exit(held && caught && unharmed && agreed ? 0 : 1);
