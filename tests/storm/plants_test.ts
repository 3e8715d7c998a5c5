/** A fault whose place in the code is gone would no longer be planted. */
import assert from "node:assert/strict";
import { PLANTS } from "./plants.ts";

const ROOT = new URL("../../", import.meta.url);

for (const { name, changes } of PLANTS) {
  Deno.test(`The fault finds its place in the code: ${name}`, async () => {
    for (const { module, sound } of changes) {
      const text = await Deno.readTextFile(new URL(module, ROOT));
      assert.equal(text.split(sound).length, 2, `${module}: ${sound}`);
    }
  });
}
