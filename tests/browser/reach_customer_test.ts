/**
 * The ways to a customer who is nobody's contact yet, or a colleague's, and what
 * comes after the group: in the browser, without a reload.
 */
import assert from "node:assert/strict";
import { feedInbox } from "../../lib/sandbox_mode.ts";
import type { TestApp } from "../support/app.ts";
import { askClient, withRig } from "./rig.ts";

/** The newest code that WeCom made, scanned by a stranger and confirmed. */
function scanned({ sandbox: { world } }: TestApp, userId: string): string {
  const [way] = [...world.state.ways.values()].slice(-1);
  assert.ok(way, "WeCom has a code");
  const externalUserId = world.customerAppears({ name: "子涵" });
  world.customerScansContactWay({ configId: way.configId, externalUserId });
  world.staffConfirmsContact({ userId, externalUserId });
  return externalUserId;
}

Deno.test("from nobody's contact to a group: a code, a scan, and the page lives by itself", async () => {
  await withRig(async ({ app, phone }) => {
    const feed = await feedInbox(app.services, app.sandbox, Math.random);
    try {
      const designer = await phone("chenjing");
      await designer.open("XH2611015");
      await designer.page.evaluate(() => void (document.body.title = "same"));
      await designer.tap("contact-code");
      const picture = designer.id("contact-code").locator("img");
      await picture.waitFor();
      assert.ok(
        await picture.evaluate(async (element) => {
          const img = element as HTMLImageElement;
          await img.decode();
          return img.naturalWidth > 0;
        }),
        "the code can be seen",
      );
      const customer = scanned(app, "chenjing");
      const create = await designer.see("create-group");
      await create.and(designer.page.locator(":enabled")).waitFor();
      assert.match(await designer.text(), /客户刚刚通过/);
      await designer.see(`candidate-${customer}`);
      // Two taps from here.
      await askClient(designer);
      await designer.native("confirm");
      await designer.see("result-success");
      const [chat] = [...app.sandbox.world.state.chats.values()].slice(-1);
      assert.ok(chat?.members.some((member) => member.id === customer));
      const title = await designer.page.evaluate(() => document.body.title);
      assert.equal(title, "same", "the page was never loaded again");
    } finally {
      await feed.stop();
    }
  });
});

Deno.test("a colleague who has the customer is reminded once, and the second tap says so", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611017");
    await designer.tap("remind-colleague");
    await designer.page.getByText("已提醒王强").waitFor();
    assert.equal(app.sandbox.world.messages.length, 1);
    await designer.tap("remind-colleague");
    await designer.see("error-ALREADY_REMINDED");
    assert.equal(app.sandbox.world.messages.length, 1);
    // What was tapped keeps the focus.
    assert.equal(
      await designer.page.locator(":focus").getAttribute("data-testid"),
      "remind-colleague",
    );
  });
});

Deno.test("what the client refuses for good is told to the server, and can be copied for the admin", async () => {
  await withRig(async ({ app, phone }) => {
    app.sandbox.world.settings.clientOutcome = "refuse";
    const designer = await phone("chenjing", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await designer.open("XH2611001");
    await askClient(designer);
    const card = await designer.see("error-NO_CUSTOMER_CONTACT_PERMISSION");
    await card.locator('[data-testid="copy-for-admin"]').click();
    await card.getByText("已复制").waitFor();
    const copied = await designer.page.evaluate(() =>
      navigator.clipboard.readText()
    );
    assert.match(copied, /NO_CUSTOMER_CONTACT_PERMISSION/);
    assert.doesNotMatch(copied, /王建国|1380001/);
    const rows = await app.services.sql<{ orderId: string; api: string }[]>`
      select order_id, detail ->> 'api' as api from audit_log
      where action = 'client.failed'`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { orderId: "demo-xh2611001", api: "openEnterpriseChat" },
    ]);
  });
});

Deno.test("after the group: who is in it, the welcome to paste, and the next order", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await designer.open("XH2611001");
    assert.equal(await designer.page.title(), "王建国 - 客户群");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    const ticks = designer.page.locator(".ticks .here");
    await ticks.nth(2).waitFor();
    assert.equal(await ticks.count(), 3);
    await designer.tap("copy-welcome");
    await designer.page.getByText("已复制").waitFor();
    assert.match(
      await designer.page.evaluate(() => navigator.clipboard.readText()),
      /^王建国您好，我是徐汇店的设计师陈静/,
    );
    await designer.tap("next-order");
    await designer.see("create-group");
    assert.doesNotMatch(designer.page.url(), /xh2611001/);
    await designer.page.getByRole("link", { name: "我的订单" }).click();
    await designer.see("search");
  });
});

Deno.test("a page whose script does not come says so by itself", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.page.route("**/_fresh/js/**", (route) => route.abort());
    await designer.open("XH2611001");
    const late = designer.page.locator(".late");
    const isShown = () =>
      late.evaluate((one) => getComputedStyle(one).visibility === "visible");
    assert.equal(await isShown(), false);
    // Eight seconds of the stylesheet, not of the test.
    await designer.page.evaluate(() =>
      document.getAnimations().forEach((one) => one.finish())
    );
    assert.equal(await isShown(), true);
    await designer.page.unroute("**/_fresh/js/**");
    await late.getByRole("link").click();
    await designer.page.waitForFunction(() => !document.querySelector(".late"));
  });
});
