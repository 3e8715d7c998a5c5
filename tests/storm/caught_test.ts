/**
 * The proof that the harness sees what it is there for: a storm over a product with
 * planted faults must end with differences. `deno task bench` plants all faults.
 */
import assert from "node:assert/strict";
import { onRealPostgres } from "../support/database.ts";
import { plantNamed } from "./plants.ts";
import { differencesIn } from "./report.ts";
import { PATIENCE, storm } from "./small.ts";

/** Each planted fault must be found; what the run kept for a look is removed. */
async function catches(plants: readonly string[], ...args: string[]) {
  const { code, text } = await storm(
    "--database=pglite",
    "--kills=no",
    ...plants.map((plant) => `--plant=${plant}`),
    ...args,
  );
  assert.equal(code, 1, text);
  const found = differencesIn(text);
  for (const plant of plants) {
    assert.ok(found.get(plantNamed(plant).kind), text);
  }
  const [, kept] = /^logs and data kept in (.+)$/m.exec(text) ?? [];
  if (kept) await Deno.remove(kept, { recursive: true });
}

Deno.test({
  name:
    "a product that takes the client's word for a chat, and deletes contacts from an incomplete listing, is caught at both",
  ...PATIENCE,
  // It brings its own embedded database.
  ignore: onRealPostgres,
  fn: async () => {
    const plants = [
      "record-without-verifying",
      "delete-from-incomplete-listing",
    ];
    await catches(plants, "--orders=12", "--seed=6");
  },
});
