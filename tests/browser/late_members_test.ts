import assert from "node:assert/strict";
import { askClient, type Rig, withRig } from "./rig.ts";

/** A finished group of designer, project manager and customer. */
async function withGroup(
  fn: (rig: Rig & { chatId: string; customer: string }) => Promise<void>,
): Promise<void> {
  await withRig(async (rig) => {
    const designer = await rig.phone("chenjing");
    await designer.open("XH2611001");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    const [chat] = [...rig.app.sandbox.world.state.chats.values()].slice(-1);
    const customer = chat?.members.find(({ type }) => type === 2);
    assert.ok(chat && customer);
    await fn({ ...rig, chatId: chat.chatId, customer: customer.id });
  });
}

/** What is younger than a minute is not read again by itself. */
async function age({ app }: Rig, chatId: string): Promise<void> {
  await app.services.sql`
    update chat set synced_at = now() - interval '2 minutes'
    where chat_id = ${chatId}`;
}

/** Opens the order, with WeCom's list of members read anew. */
async function reopen(rig: Rig, chatId: string, wxUserId = "chenjing") {
  await age(rig, chatId);
  await rig.app.as("chenjing").flow("group.get", {
    orderId: "demo-xh2611001",
  });
  const phone = await rig.phone(wxUserId);
  const read = phone.page.waitForResponse("**/api/runFlow");
  await phone.open("XH2611001");
  await phone.see("result-success");
  await read;
  return phone;
}

Deno.test("a customer who left is named, and gone from the page once back", async () => {
  await withGroup(async (rig) => {
    const { app: { sandbox: { world } }, chatId, customer } = rig;
    world.run("memberLeaves", { chatId, id: customer });
    const designer = await reopen(rig, chatId);
    await designer.page.getByText(/客户.*已经退群，请打开群再邀请一次/)
      .waitFor();
    assert.equal(await designer.id("add-staff").count(), 0);
    await designer.tap("open-chat");
    await designer.page.getByText("王建国-服务群(2)").waitFor();
    world.run("staffInvitesCustomer", {
      chatId,
      userId: "chenjing",
      externalUserId: customer,
    });
    await age(rig, chatId);
    await designer.page.evaluate(() =>
      document.dispatchEvent(new Event("visibilitychange"))
    );
    await designer.page.getByText("客户已进群").waitFor();
    assert.doesNotMatch(await designer.text(), /退群/);
  });
});

Deno.test("a late project manager is put into the group with one tap", async () => {
  await withGroup(async (rig) => {
    const { app, chatId } = rig;
    await app.services.sql`
      update customer_order set project_manager_wx_user_id = 'hejun'
      where order_id = 'demo-xh2611001'`;
    const designer = await reopen(rig, chatId);
    await designer.page.getByText("项目经理何俊是建群以后定的")
      .waitFor();
    await age(rig, chatId);
    assert.equal(await designer.id("add-staff").innerText(), "把何俊拉进群");
    await designer.tap("add-staff");
    await designer.id("add-staff").waitFor({ state: "detached" });
    const chat = app.sandbox.world.state.chats.get(chatId);
    assert.ok(chat?.members.some(({ id }) => id === "hejun"));
    assert.match(await designer.text(), /客户群已建好/);
  });
});

Deno.test("who is missing in person is told whom to ask", async () => {
  await withGroup(async (rig) => {
    rig.app.sandbox.world.run("memberLeaves", {
      chatId: rig.chatId,
      id: "wangqiang",
    });
    const manager = await reopen(rig, rig.chatId, "wangqiang");
    await manager.page.getByText("您已经退群，请让陈静把您拉进群").waitFor();
    assert.equal(await manager.id("open-chat").count(), 0);
  });
});

Deno.test("a client that cannot add colleagues says how to do it by hand", async () => {
  await withGroup(async (rig) => {
    const { app: { sandbox: { world } }, chatId } = rig;
    world.run("memberRemoved", { chatId, id: "wangqiang" });
    const designer = await reopen(rig, chatId);
    await designer.open("XH2611001", "?client=early");
    await designer.tap("add-staff");
    await designer.see("error-CLIENT_TOO_OLD");
    await designer.page.getByText("在群设置里添加同事").waitFor();
  });
});

Deno.test("of two groups that fit, the designer picks the right one", async () => {
  await withRig(async ({ app, phone }) => {
    const { world } = app.sandbox;
    world.settings.clientOutcome = "no_chat_id";
    const designer = await phone("chenjing");
    await designer.open("XH2611004");
    await designer.tap("create-group");
    const confirm = designer.id("confirm-create")
      .and(designer.page.locator(":enabled"));
    await confirm.waitFor();
    const { data } = await app.as("chenjing").flow("customer.match", {
      orderId: "demo-xh2611004",
    });
    const [customer] = data.candidates as { externalUserId: string }[];
    const other = world.run("staffCreatesChat", {
      userId: "chenjing",
      groupName: "刘芳-服务群",
      userIds: ["wangqiang"],
      externalUserIds: [customer?.externalUserId ?? ""],
    });
    await confirm.click();
    await designer.native("confirm");
    const choice = await designer.see(`chat-${other}`);
    assert.match(await choice.innerText(), /刘芳-服务群[\s\S]*陈静、/);
    assert.equal(
      await designer.page.locator('[data-testid^="chat-"]').count(),
      2,
    );
    await designer.tap("none-of-these");
    await designer.page.getByText("正在和企业微信核对").waitFor();
    await designer.page.reload();
    await designer.tap(`chat-${other}`);
    await designer.see("result-success");
    const group = await app.as("chenjing").flow("group.get", {
      orderId: "demo-xh2611004",
    });
    assert.equal(group.data.chatId, other);
  });
});
