import assert from "node:assert/strict";
import type { TestApp } from "../support/app.ts";
import { feedInbox } from "../../lib/sandbox_mode.ts";
import { askClient, type Phone, withRig } from "./rig.ts";

Deno.test("the first of 5,000 contacts are counted while they are read", async () => {
  await withRig(async ({ app, phone }) => {
    app.sandbox.world.settings.latencyMs = 60;
    const designer = await phone("zhaomingyuan");
    await designer.open("JA2611001");
    const progress = await designer.see("progress");
    assert.equal(
      await progress.evaluate((element) => element.role ?? element.tagName),
      "PROGRESS",
    );
    await designer.page.getByText(/已读取 [\d,]+ 位联系人/).waitFor();
    await designer.see("create-group");
    assert.match(await designer.text(), /许强/);
  });
});

Deno.test("one of several has to be chosen before a group can be made", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611013");
    const create = await designer.see("create-group");
    assert.ok(await create.isDisabled());
    const candidates = designer.page.locator('[data-testid^="candidate-"]');
    assert.equal(await candidates.count(), 3);
    const wanted = candidates.filter({ hasText: "马叔叔" });
    const id = (await wanted.getAttribute("data-testid"))?.slice(
      "candidate-".length,
    );
    // By keyboard, once the page is alive.
    const radio = wanted.getByRole("radio");
    await radio.and(designer.page.locator(":enabled")).focus();
    await designer.page.keyboard.press("Space");
    await create.and(designer.page.locator(":enabled")).waitFor();
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    const [chat] = [...app.sandbox.world.state.chats.values()].slice(-1);
    assert.ok(chat?.members.some((member) => member.id === id));
  });
});

Deno.test("a customer without a number is picked by hand, and found the next time", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611014");
    await designer.tap("pick-contact");
    await designer.page.getByLabel("搜索客户").fill("绿城百合");
    await designer.page.locator(".picks label")
      .filter({ hasText: "朱雨桐 绿城百合" }).click();
    await designer.native("confirm");
    const sheet = await designer.see("pick-sheet");
    assert.match(await sheet.innerText(), /朱雨桐 绿城百合/);
    await designer.tap("pick-confirm");
    await designer.see("create-group");
    await designer.page.reload();
    await designer.see("create-group");
    assert.match(await designer.text(), /朱雨桐 绿城百合/);
    // The number is written once the group is made, and not before.
    assert.deepEqual(noted(app), []);
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    assert.deepEqual(noted(app), ["13800010014"]);
  });
});

/** The numbers in the remark of the contact that is picked by hand. */
function noted({ sandbox }: TestApp): string[] {
  const follows = [
    ...sandbox.world.state.follows.get("chenjing")?.values() ?? [],
  ];
  return follows.filter((one) => one.remark === "朱雨桐 绿城百合")
    .flatMap((one) => one.remarkMobiles);
}

Deno.test("a contact of the same name is one tap away", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611014");
    await designer.page.locator('[data-testid^="suggestion-"]').first().click();
    await designer.page.getByTestId("write-number").check();
    await designer.tap("pick-confirm");
    await designer.page.getByText("手机号也写进了备注").waitFor();
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
  });
});

Deno.test("a customer who is nobody's contact is added, and found on coming back", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611015");
    await designer.tap("add-customer");
    await designer.page.locator('[data-sandbox="mobile"]').fill("13800010015");
    await designer.page.locator('[data-sandbox="name"]').fill("子涵");
    await designer.native("confirm");
    await designer.page.getByText("已添加").waitFor();
    await designer.native("cancel");
    await designer.tap("refresh-contacts");
    await designer.see("create-group");
  });
});

Deno.test("a desktop client says where customers can be added", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611015", "?client=desktop");
    await designer.see("pick-contact");
    assert.equal(await designer.id("add-customer").count(), 0);
    assert.match(await designer.text(), /用手机企业微信/);
  });
});

Deno.test("the colleague who has the customer is named, and can make the group", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611017");
    await designer.page.getByText("客户在王强的企业微信里").waitFor();
    const manager = await phone("wangqiang");
    await manager.open("XH2611017");
    await manager.see("create-group");
    await askClient(manager);
    await manager.native("confirm");
    await manager.see("result-success");
    await designer.page.reload();
    await designer.see("result-success");
  });
});

Deno.test("whoever may not contact customers is told so, with the place to mend it", async () => {
  await withRig(async ({ phone }) => {
    for (
      const [who, order] of [["liuyang", "JQ2611001"], ["sunli", "JQ2611002"]]
    ) {
      const designer = await phone(who ?? "");
      await designer.open(order ?? "");
      await designer.see("error-NO_CUSTOMER_CONTACT_PERMISSION");
      await designer.see("retry");
      assert.equal(await designer.id("create-group").count(), 0);
    }
  });
});

Deno.test("a refresh that cannot reach the server keeps the match and can be repeated", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611001");
    await designer.page.route("**/api/contacts/sync", (route) => route.abort());
    await designer.tap("refresh-contacts");
    await designer.see("error-NETWORK_LOST");
    assert.ok(await designer.id("create-group").isEnabled());
    await designer.page.unroute("**/api/contacts/sync");
    await designer.tap("retry");
    await designer.id("error-NETWORK_LOST").waitFor({ state: "detached" });
    await designer.see("create-group");
  });
});

Deno.test("a customer who is accepted turns the open page live, without a tap and without a reload", async () => {
  await withRig(async ({ app, phone }) => {
    const { sandbox, services } = app;
    const feed = await feedInbox(services, sandbox, Math.random);
    try {
      const designer = await phone("chenjing");
      await designer.open("XH2611015");
      await designer.see("add-customer");
      const isSame = () => document.body.title;
      await designer.page.evaluate(() => void (document.body.title = "same"));
      const { world } = sandbox;
      const calls = world.calls.count();
      // Two looks of the page cost no call.
      for (const _ of [1, 2]) await watched(designer);
      assert.equal(world.calls.count(), calls);
      const customer = world.customerAppears({ name: "新客户" });
      world.staffAddsContact({
        userId: "chenjing",
        externalUserId: customer,
        remarkMobiles: ["13800010015"],
      });
      const create = await designer.see("create-group");
      await create.and(designer.page.locator(":enabled")).waitFor();
      assert.match(await designer.text(), /客户刚刚通过/);
      assert.equal(await designer.page.evaluate(isSame), "same");
    } finally {
      await feed.stop();
    }
  });
});

async function watched({ page }: Phone): Promise<void> {
  await page.waitForResponse((response) =>
    response.request().postData()?.includes("order.watch") ?? false
  );
}
