import assert from "node:assert/strict";
import type { Page } from "../support/playwright.ts";
import { cutOff, type Phone, type Rig, withRig } from "./rig.ts";

const CUT = "demo-xh2611008";

/** The group is made, and the page is closed before it could tell anybody. */
async function makeUnheard(designer: Phone): Promise<void> {
  await designer.open("XH2611008");
  await designer.tap("create-group");
  await designer.id("confirm-create").and(designer.page.locator(":enabled"))
    .waitFor();
  await cutOff(designer.page, "group.prepare");
  await designer.tap("confirm-create");
  await designer.native("confirm");
  await designer.see("error-NETWORK_LOST");
  await designer.page.close();
}

const isReport = (body: string | null) =>
  !!body?.includes("group.record") && body.includes(CUT);

const acknowledged = (page: Page) =>
  page.waitForFunction(() => localStorage.getItem("group-outbox") === "[]");

async function assertRecorded({ app }: Rig): Promise<void> {
  const [row] = await app.services.sql<{ count: number }[]>`
    select count(*)::int from chat
    where order_id = ${CUT} and dismissed_at is null`;
  assert.equal(row?.count, 1);
}

Deno.test("what a closed page could not report, the page of another order does", async () => {
  await withRig(async (rig) => {
    const designer = await rig.phone("chenjing");
    await makeUnheard(designer);

    const next = await designer.page.context().newPage();
    const report = next.waitForRequest((one) => isReport(one.postData()));
    await next.goto(`${rig.origin}/orders/demo-xh2611001/group`);
    await report;
    await acknowledged(next);
    await assertRecorded(rig);
  });
});

Deno.test("a page of another order that goes online again reports what is left", async () => {
  await withRig(async (rig) => {
    const designer = await rig.phone("chenjing");
    await makeUnheard(designer);

    const context = designer.page.context();
    const next = await context.newPage();
    await next.clock.install();
    await next.route("**/api/runFlow", (route) => route.abort());
    const tried = next.waitForEvent(
      "requestfailed",
      (one) => isReport(one.postData()),
    );
    await next.goto(`${rig.origin}/orders/demo-xh2611001/group`);
    await tried;
    await next.unroute("**/api/runFlow");

    const report = next.waitForRequest((one) => isReport(one.postData()));
    await context.setOffline(true);
    await context.setOffline(false);
    await next.clock.fastForward(5_000);
    await report;
    await acknowledged(next);
    await assertRecorded(rig);
  });
});

Deno.test("a colleague who opens an order on the same phone leaves it alone", async () => {
  await withRig(async (rig) => {
    const designer = await rig.phone("chenjing");
    await makeUnheard(designer);

    const context = designer.page.context();
    await context.clearCookies();
    await context.addCookies([
      { name: "sandbox_identity", value: "xuting", url: rig.origin },
    ]);
    const colleague = await context.newPage();
    const sent: (string | null)[] = [];
    colleague.on("request", (one) => sent.push(one.postData()));
    await colleague.goto(`${rig.origin}/`);
    await colleague.locator("ul.orders a").first().click();
    await colleague.waitForURL("**/group");
    // Alive, so it has looked into the outbox.
    await colleague.locator("main button:enabled").first().waitFor();
    assert.ok(!sent.some(isReport));
    const kept = await colleague.evaluate(() =>
      localStorage.getItem("group-outbox")
    );
    assert.ok(kept?.includes(CUT));
  });
});
