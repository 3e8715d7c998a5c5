import assert from "node:assert/strict";
import { askClient, cutOff, withRig } from "./rig.ts";

Deno.test("a designer taps once, confirms, and the customer group exists", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    const requests: string[] = [];
    await designer.open("XH2611001");
    designer.page.on("request", (request) => requests.push(request.url()));
    assert.equal(await designer.id("customer-name").innerText(), "王建国");
    await designer.tap("create-group");
    // The live button cost no request but the client's own registration.
    const api = requests.filter((url) => url.includes("/api/"));
    assert.deepEqual(api.map((url) => new URL(url).pathname), ["/api/runFlow"]);

    await designer.id("confirm-create").and(designer.page.locator(":enabled"))
      .waitFor();
    const sheet = await designer.id("confirm-sheet").innerText();
    for (const part of ["王建国-服务群", "王先生 滨江花园", "陈静", "王强"]) {
      assert.ok(sheet.includes(part), part);
    }
    await designer.tap("confirm-create");
    await designer.native("confirm");
    await designer.see("result-success");

    const chats = [...app.sandbox.world.state.chats.values()]
      .filter((chat) => chat.name === "王建国-服务群");
    assert.equal(chats.length, 1);
    const { data } = await app.as("chenjing").flow("group.get", {
      orderId: "demo-xh2611001",
    });
    assert.equal(data.chatId, chats[0]?.chatId);
    assert.equal(data.status, "active");

    await designer.tap("open-chat");
    await designer.page.getByText("王建国-服务群(3)").waitFor();
    // A later opening shows the group at once.
    await designer.page.reload();
    await designer.see("result-success");
  });
});

Deno.test("a full telephone number is nowhere on the page or in its answers", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    const bodies: Promise<string>[] = [];
    designer.page.on("response", (response) => {
      const type = response.headers()["content-type"] ?? "";
      if (/html|json/.test(type) && !response.url().includes("/sandbox/")) {
        bodies.push(response.text().catch(() => ""));
      }
    });
    await designer.open("XH2611002");
    await designer.tap("create-group");
    await designer.see("confirm-create");
    assert.match(await designer.text(), /138\*\*\*\*0002/);
    for (const body of await Promise.all(bodies)) {
      assert.ok(!body.includes("13800010002"));
    }
  });
});

Deno.test("cancelling, in the sheet or in the client, leaves the order free", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611003");
    await designer.tap("create-group");
    await designer.see("confirm-sheet");
    await designer.page.keyboard.press("Escape");
    await designer.id("confirm-sheet").waitFor({ state: "detached" });
    // The focus is back where it was.
    const focused = designer.page.locator(":focus");
    assert.equal(await focused.getAttribute("data-testid"), "create-group");

    await designer.tap("create-group");
    await designer.tap("confirm-cancel");
    await askClient(designer);
    await designer.native("cancel");
    await designer.page.getByText("已取消，没有建群").waitFor();
    const manager = await phone("wangqiang");
    await manager.open("XH2611003");
    assert.equal(await manager.id("error-GROUP_IN_PROGRESS").count(), 0);
  });
});

Deno.test("a client that gives no chatId still ends with the group", async () => {
  await withRig(async ({ app, phone }) => {
    app.sandbox.world.settings.clientOutcome = "no_chat_id";
    const designer = await phone("chenjing");
    await designer.open("XH2611004");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    await designer.open("XH2611005", "?client=early");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
  });
});

Deno.test("a client that never answers leaves the choice to the person", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.page.clock.install();
    await designer.open("XH2611006");
    app.sandbox.world.settings.clientOutcome = "hang";
    await askClient(designer);
    await designer.page.getByText("正在企业微信里建群").waitFor();
    await designer.page.clock.fastForward(21_000);
    await designer.see("already-made");
    app.sandbox.world.settings.clientOutcome = "normal";
    await designer.tap("retry");
    await designer.native("confirm");
    await designer.page.clock.runFor(1_000);
    await designer.see("result-success");
  });
});

Deno.test("a page that dies right after the group was made finds it again", async () => {
  await withRig(async ({ app, phone }) => {
    app.sandbox.world.settings.clientOutcome = "kill";
    const designer = await phone("chenjing");
    await designer.open("XH2611007");
    await askClient(designer);
    await designer.native("confirm");
    await designer.page.waitForURL("**/sandbox/killed");
    app.sandbox.world.settings.clientOutcome = "normal";
    await designer.open("XH2611007");
    await designer.see("result-success");
    const made = [...app.sandbox.world.state.chats.values()]
      .filter((chat) => chat.name === "黄海燕-服务群");
    assert.equal(made.length, 1);
  });
});

Deno.test("a network that is lost after the creation loses nothing", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611008");
    await designer.tap("create-group");
    await designer.id("confirm-create").and(designer.page.locator(":enabled"))
      .waitFor();
    await cutOff(designer.page, "group.prepare");
    await designer.tap("confirm-create");
    await designer.native("confirm");
    await designer.see("error-NETWORK_LOST");
    const kept = await designer.page.evaluate(() =>
      localStorage.getItem("group-outbox")
    );
    assert.ok(kept?.includes("demo-xh2611008"));
    assert.ok(!kept?.includes("赵志强"));
    await designer.page.unroute("**/api/runFlow");
    await designer.tap("retry");
    await designer.see("result-success");
    const { data } = await app.as("chenjing").flow("group.get", {
      orderId: "demo-xh2611008",
    });
    assert.equal(data.status, "active");
  });
});

Deno.test("a client without the right says so in plain words", async () => {
  await withRig(async ({ app, phone }) => {
    app.sandbox.world.settings.clientOutcome = "refuse";
    const designer = await phone("chenjing");
    await designer.open("XH2611009");
    await askClient(designer);
    await designer.see("error-NO_CUSTOMER_CONTACT_PERMISSION");
    app.sandbox.world.settings.clientOutcome = "normal";
    await designer.tap("retry");
    await designer.native("confirm");
    await designer.see("result-success");
  });
});

Deno.test("a signature that the client refuses is told, and made anew on retry", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.page.route(
      "**/sandbox/client/agentConfig",
      (route) =>
        route.fulfill({
          json: { ok: false, errMsg: "fail invalid signature", errCode: 40093 },
        }),
      { times: 1 },
    );
    await designer.open("XH2611010");
    await designer.see("error-CLIENT_NOT_READY");
    const signed = designer.page.waitForRequest("**/api/wecom/signature?*");
    await designer.tap("retry");
    await signed;
    await designer.id("error-CLIENT_NOT_READY").waitFor({ state: "detached" });
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
  });
});
