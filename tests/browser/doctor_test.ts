/** The doctor's page on a phone: what the server found, and what the client says. */
import assert from "node:assert/strict";
import { withRig } from "./rig.ts";

Deno.test("an admin sees each check, and asks the client in which the page is open", async () => {
  await withRig(async ({ phone }) => {
    const admin = await phone("linxiao");
    // Nobody is sent to sign in from an address that others are not to find.
    await admin.goto("/");
    await admin.goto("/admin/doctor");
    const found = await admin.see("doctor-public-origin");
    assert.equal(await found.getAttribute("data-state"), "ok");
    await admin.tap("ask-client");
    for (const name of ["config", "agentConfig", "checkJsApi"]) {
      const line = await admin.see(`client-${name}`);
      assert.doesNotMatch(await line.innerText(), /no answer/, name);
    }
  });
});
