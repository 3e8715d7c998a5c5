/**
 * It does not matter who asks first: in whatever order page, `group.get`, report,
 * preparation, callbacks, the clock and the night come, the same world ends in the
 * same record. Tried on worlds of a seed; `deno task bench` tries a hundred
 * thousand others.
 */
import assert from "node:assert/strict";
import { contradiction, type Plant } from "./worlds/confluence.ts";

const WORLDS = 2_000;

Deno.test("In whatever order the ways back run, the same world ends in the same record", async () => {
  for (let seed = 1; seed <= WORLDS; seed++) {
    assert.equal(await contradiction(seed), null, `world ${seed}`);
  }
});

for (const plant of ["callback", "page"] satisfies Plant[]) {
  Deno.test(`With the ${plant} deciding by its own half of the rule, the order matters`, async () => {
    let found = 0;
    for (let seed = 1; seed <= 300; seed++) {
      if (await contradiction(seed, plant)) found += 1;
    }
    assert.ok(found > 0, "no world tells the difference");
  });
}
