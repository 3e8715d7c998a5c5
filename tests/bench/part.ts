/**
 * One part of the bench in a process of its own; `run.ts` starts it. Its argument
 * is an `Errand` as JSON; the rows go to the file that it names.
 */
import { PARTS } from "./parts.ts";

export interface Errand {
  part: string;
  quick: boolean;
  orders: number | null;
  seed: number | null;
  /** Where the rows go, as JSON. */
  out: string;
}

if (import.meta.main) {
  const errand: Errand = JSON.parse(Deno.args[0] ?? "");
  const part = PARTS.find(({ name }) => name === errand.part);
  if (!part) throw new Error(`No part is called ${errand.part}`);
  const bench = await part.load();
  const rows = await bench({
    quick: errand.quick,
    // deno-lint-ignore no-console -- the bench reads it and passes it on
    say: (line) => console.log(line),
    ...(errand.orders === null ? {} : { orders: errand.orders }),
    ...(errand.seed === null ? {} : { seed: errand.seed }),
  });
  await Deno.writeTextFile(errand.out, JSON.stringify(rows));
  // Whatever a part has left running must not keep the others waiting.
  Deno.exit(0);
}
