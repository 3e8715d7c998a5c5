/** No state of any page has anything that axe-core finds, in any look. */
import assert from "node:assert/strict";
import { bringAxe, findings } from "./axe.ts";
import { withRig } from "./rig.ts";
import { WALKS } from "./walks.ts";

for (const walk of WALKS) {
  Deno.test(`axe finds nothing: ${walk.name}`, async () => {
    await withRig(async (rig) => {
      const phone = await rig.phone(walk.as);
      await bringAxe(phone.page);
      const found: string[] = [];
      for (const { name, reach } of walk.states) {
        await reach(phone, rig);
        found.push(...await findings(phone.page, name));
      }
      assert.equal(found.join("\n"), "");
    });
  });
}
