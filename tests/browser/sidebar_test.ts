/**
 * The page beside a chat, with the real @wecom/jssdk: which chat it is comes from
 * the client, and never from a search.
 */
import assert from "node:assert/strict";
import { askClient, withRig } from "./rig.ts";
import { beside, customerOf } from "./sidebar_walk.ts";

Deno.test("From a customer's chat to the live button, and from their group to a welcome that is sent, nothing is searched for", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.goto(beside("customer", customerOf(app)));
    const order = await designer.see("sidebar-order");
    assert.equal(await order.innerText(), "建客户群");
    const fields: string[] = [];
    designer.page.on("request", (request) => {
      if (request.postData()?.includes("query")) fields.push(request.url());
    });
    await order.click();
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    assert.deepEqual(fields, []);
    const [chat] = [...app.sandbox.world.state.chats.values()].slice(-1);
    assert.ok(chat);

    await designer.goto(beside("group", chat.chatId));
    const welcome = await (await designer.see("welcome")).innerText();
    assert.match(welcome, /您好，我是.+的设计师陈静/);
    await designer.tap("send-welcome");
    // The phone shows the chat, with what was said in it.
    await designer.page.locator("dialog .said").getByText(welcome).waitFor();
    assert.deepEqual(chat.messages.map(({ from, text }) => [from, text]), [
      ["chenjing", welcome],
    ]);
    await designer.native("cancel");
    assert.match(await designer.text(), /欢迎语已发到群里/);
  });
});

Deno.test("A group made by hand is linked to the order of its customer, after a question", async () => {
  await withRig(async ({ app, phone }) => {
    const { world } = app.sandbox;
    const chatId = world.staffCreatesChat({
      userId: "chenjing",
      groupName: "王先生家装修",
      externalUserIds: [customerOf(app)],
    });
    const designer = await phone("chenjing", {
      viewport: { width: 360, height: 700 },
    });
    // The contacts are read once, as by any page before.
    await designer.open("XH2611001");
    await designer.see("create-group");
    await designer.goto(beside("group", chatId, "&client=desktop"));
    await designer.tap("choose-demo-xh2611001");
    assert.match(await designer.text(), /王先生家装修/);
    // By keyboard, and back first.
    await designer.id("link-cancel").focus();
    await designer.page.keyboard.press("Enter");
    await designer.tap("choose-demo-xh2611001");
    await designer.tap("link-existing");
    const order = await designer.see("sidebar-order");
    assert.match(
      await order.getAttribute("href") ?? "",
      /\/orders\/demo-xh2611001\/group$/,
    );
    assert.match(await designer.text(), /群已经关联到这个订单/);
    assert.equal(
      (await app.services.groups.situation("demo-xh2611001")).kind,
      "active",
    );
  });
});

Deno.test("An order that nobody in the group is known for is found by a search, and its customer named", async () => {
  await withRig(async ({ app, phone }) => {
    const { world } = app.sandbox;
    const stranger = world.customerAppears({ name: "没写号码的客户" });
    world.staffAddsContact({ userId: "chenjing", externalUserId: stranger });
    const chatId = world.staffCreatesChat({
      userId: "chenjing",
      groupName: "新群",
      externalUserIds: [stranger],
    });
    const designer = await phone("chenjing");
    await designer.open("XH2611001");
    await designer.see("create-group");
    await app.services.contacts.refresh("chenjing");
    await designer.goto(beside("group", chatId));
    await (await designer.see("search")).fill("XH2611015");
    await designer.page.keyboard.press("Enter");
    await designer.tap("choose-demo-xh2611015");
    const radio = designer.id(`candidate-${stranger}`).getByRole("radio");
    assert.ok(await radio.isChecked());
    await designer.tap("link-existing");
    await designer.see("sidebar-order");
    assert.match(await designer.text(), /子涵/);
  });
});

Deno.test("A client that will not send leaves the welcome to be copied", async () => {
  await withRig(async ({ app, phone }) => {
    const { world } = app.sandbox;
    const chatId = world.staffCreatesChat({
      userId: "chenjing",
      externalUserIds: [customerOf(app)],
    });
    const designer = await phone("chenjing", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await designer.open("XH2611001");
    await designer.see("create-group");
    await designer.goto(beside("group", chatId));
    await designer.tap("choose-demo-xh2611001");
    await designer.tap("link-existing");
    const welcome = await (await designer.see("welcome")).innerText();
    world.settings.clientOutcome = "refuse";
    await designer.tap("send-welcome");
    await designer.see("error-NO_CUSTOMER_CONTACT_PERMISSION");
    await designer.tap("copy-welcome");
    await designer.page.getByText("欢迎语已复制，到群里粘贴就能发").first()
      .waitFor();
    const copied = await designer.page.evaluate(() =>
      navigator.clipboard.readText()
    );
    assert.equal(copied, welcome);
    const told = app.logs.filter((line) => line.event === "client.failed");
    assert.equal(told.length, 1);
  });
});

Deno.test("Opened outside a chat, or by a client that cannot tell which, the page leads to the orders", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    for (
      const [path, id] of [
        ["/sidebar?client=phone", "sidebar-elsewhere"],
        ["/sidebar?client=none", "sidebar-elsewhere"],
        ["/sidebar?client=early", "error-CLIENT_TOO_OLD"],
        ["/sidebar?client=old", "error-CLIENT_TOO_OLD"],
      ] as const
    ) {
      await designer.goto(path);
      await designer.see(id);
    }
    await designer.tap("to-orders");
    await designer.page.waitForURL(/\/$/);
  });
});

Deno.test("A server that is not reached is asked again by the button, and when there is a network again", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    const { page } = designer;
    await page.route("**/api/runFlow", (route) => route.abort());
    await designer.goto(beside("customer", customerOf(app)));
    await designer.see("error-NETWORK_LOST");
    await designer.tap("retry");
    await designer.see("error-NETWORK_LOST");
    await page.unroute("**/api/runFlow");
    await page.evaluate(() => dispatchEvent(new Event("online")));
    await designer.see("sidebar-order");
  });
});
