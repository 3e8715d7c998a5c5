/**
 * `deno task bench`: measures what must hold, writes one JSON file with numbers
 * (`bench.json`, or the one named by `--out=`), and ends with 1 when a row does
 * not hold. `--quick`: small sizes, under two minutes on two cores. `--list`
 * names the parts, `--only=match,cuts` runs some. `--orders=2000` and `--seed=7`
 * are the storms'. The README's table is made of the file by `table.ts`.
 */
import { parseArgs } from "node:util";
import { type Part, PARTS } from "./parts.ts";
import { runParts } from "./run.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    out: { type: "string", default: "bench.json" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    list: { type: "boolean", default: false },
    orders: { type: "string" },
    seed: { type: "string" },
  },
});

// deno-lint-ignore no-console -- for the person at the terminal
const say = (line: string) => console.log(line);

/** Against what hangs; the machine may be busy. */
const QUICK_MOST_MS = 3 * 60_000;
const MOST_MS = 90 * 60_000;

function chosen(only: string | undefined): readonly Part[] {
  if (only === undefined) return PARTS;
  const names = only.split(",");
  const unknown = names.filter((name) =>
    !PARTS.some((part) => part.name === name)
  );
  if (unknown.length > 0) {
    throw new Error(
      `No such part: ${unknown.join(", ")}. There are ` +
        PARTS.map(({ name }) => name).join(", "),
    );
  }
  return PARTS.filter(({ name }) => names.includes(name));
}

const parts = chosen(values.only);
if (values.list) {
  for (const { name } of parts) say(name);
  Deno.exit(0);
}
const result = await runParts(parts, {
  quick: values.quick,
  orders: values.orders === undefined ? null : Number(values.orders),
  seed: values.seed === undefined ? null : Number(values.seed),
  say,
  mostMs: values.quick ? QUICK_MOST_MS : MOST_MS,
});
await Deno.writeTextFile(values.out, JSON.stringify(result, null, 2) + "\n");
const failed = result.rows.filter((row) => !row.holds);
say(`${result.rows.length} rows in ${result.seconds} s: ${values.out}`);
for (const { part, name, value, unit, cause } of failed) {
  say(`does not hold: ${part}: ${name}: ${cause ?? `${value} ${unit}`}`);
}
Deno.exit(failed.length === 0 ? 0 : 1);
