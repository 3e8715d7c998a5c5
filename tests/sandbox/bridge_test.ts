/** The simulated client in a real browser, driven by the real @wecom/jssdk. */
import assert from "node:assert/strict";
import type { Browser } from "../support/playwright.ts";
import { launch } from "../browser/chromium.ts";
import {
  type BrowserRig,
  browserRig,
  call,
  openOrder,
  outcome,
  settled,
} from "./browser_rig.ts";

const CONFIRM = '[data-sandbox="confirm"]';
const CANCEL = '[data-sandbox="cancel"]';

function group(
  rig: BrowserRig,
): { groupName: string; userIds: string[]; externalUserIds: string[] } {
  const [customer = ""] =
    rig.sandbox.world.state.follows.get("chenjing")?.keys() ?? [];
  return {
    groupName: "王建国-服务群",
    userIds: ["wangqiang"],
    externalUserIds: [customer],
  };
}

const chatCount = (rig: BrowserRig) => rig.sandbox.world.state.chats.size;

async function creates(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { page, context, problems } = await openOrder(browser, rig, "chenjing");
  const before = chatCount(rig);
  await call(page, "openEnterpriseChat", group(rig));
  await page.getByRole("dialog", { name: "发起群聊" }).waitFor();
  assert.equal(chatCount(rig), before);
  await page.locator(CONFIRM).click();
  const result = await outcome(page);
  assert.equal(result["errMsg"], "openEnterpriseChat:ok");
  const chat = rig.sandbox.world.state.chats.get(String(result["chatId"]));
  assert.equal(chat?.owner, "chenjing");
  assert.deepEqual(chat?.members.map((one) => one.id), [
    "chenjing",
    "wangqiang",
    ...group(rig).externalUserIds,
  ]);
  await call(page, "openEnterpriseChat", {
    ...group(rig),
    chatId: chat?.chatId,
  });
  await page.getByRole("dialog", { name: "王建国-服务群(3)" }).waitFor();
  assert.equal((await outcome(page))["errCode"], 0);
  await page.keyboard.press("Escape");
  await call(page, "updateEnterpriseChat", {
    chatId: chat?.chatId,
    userIdsToAdd: ["hejun"],
  });
  assert.equal((await outcome(page))["errCode"], 0);
  assert.equal(chat?.members.length, 4);
  const msg = {
    msgtype: "link",
    link: { title: "订单", url: "https://x.test" },
  };
  await call(page, "openExistedChatWithMsg", { chatId: chat?.chatId, msg });
  await page.getByText("［链接］订单").waitFor();
  assert.deepEqual(problems, []);
  await context.close();
}

async function cancels(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { page, context } = await openOrder(browser, rig, "chenjing");
  const before = chatCount(rig);
  for (
    const leave of [
      () => page.locator(CANCEL).click(),
      () => page.keyboard.press("Escape"),
    ]
  ) {
    await call(page, "openEnterpriseChat", group(rig));
    await page.locator(CONFIRM).waitFor();
    await leave();
    assert.equal((await outcome(page))["errMsg"], "openEnterpriseChat:cancel");
  }
  assert.equal(chatCount(rig), before);
  await context.close();
}

async function withoutId(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const asCorp = await openOrder(browser, rig, "chenjing", { mode: "corp" });
  const asOld = await openOrder(browser, rig, "chenjing", {
    query: "?client=early",
  });
  const asApp = await openOrder(browser, rig, "chenjing");
  rig.sandbox.world.settings.clientOutcome = "no_chat_id";
  for (const { page, context } of [asCorp, asOld, asApp]) {
    const before = chatCount(rig);
    await call(page, "openEnterpriseChat", group(rig));
    await page.locator(CONFIRM).click();
    const result = await outcome(page);
    assert.equal(result["errCode"], 0);
    assert.ok(!result["chatId"]);
    assert.equal(chatCount(rig), before + 1);
    await context.close();
  }
}

async function oneToOne(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { page, context } = await openOrder(browser, rig, "chenjing");
  rig.sandbox.world.settings.clientOutcome = "one_to_one";
  const before = chatCount(rig);
  const tried: [userIds: string[], made: number, said: string][] = [
    [["chenjing"], 0, "已打开单聊（模拟）"],
    [["chenjing", "wangqiang"], 1, "群聊已创建（模拟）"],
  ];
  for (const [userIds, made, said] of tried) {
    await call(page, "openEnterpriseChat", { ...group(rig), userIds });
    await page.locator(CONFIRM).click();
    const result = await outcome(page);
    assert.equal(result["errCode"], 0);
    assert.equal(Boolean(result["chatId"]), made === 1);
    assert.equal(chatCount(rig), before + made);
    await page.getByText(said).waitFor();
  }
  await context.close();
}

async function refusals(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const said = async (
    who: string,
    name: string,
    params: unknown,
    options = {},
  ) => {
    const { page, context } = await openOrder(browser, rig, who, options);
    await call(page, name, params);
    const result = await outcome(page);
    await context.close();
    return String(result["errMsg"]);
  };
  const chat = "openEnterpriseChat";
  const mine = group(rig);
  assert.match(
    await said("chenjing", chat, mine, { mode: "broken" }),
    /invalid signature.*e=40093/,
  );
  assert.match(
    await said("chenjing", chat, mine, { mode: "mixed" }),
    /e=42012/,
  );
  assert.match(await said("sunli", chat, mine), /agentConfig:.*e=60011/);
  assert.equal(await said("liuyang", chat, mine), `${chat}:no permission`);
  assert.equal(
    await said("xuting", chat, mine),
    `${chat}:fail invalid externaluserids`,
  );
  assert.equal(
    await said("chenjing", chat, { groupName: "空" }),
    `${chat}:invalid size of userids and externaluserids`,
  );
  const old = { query: "?client=early" };
  assert.equal(
    await said("chenjing", "navigateToAddCustomer", {}, old),
    "navigateToAddCustomer:function not exist",
  );
  assert.equal(
    await said("chenjing", "scanQRCode", {}),
    "scanQRCode:functionnotexist",
  );
  const [chatId] = rig.sandbox.world.state.chats.keys();
  const desk = { query: "?client=desktop" };
  assert.equal(
    await said("chenjing", chat, { ...mine, chatId }, desk),
    `${chat}:unsupported chat`,
  );
  rig.sandbox.world.settings.clientOutcome = "refuse";
  assert.equal(await said("chenjing", chat, mine), `${chat}:no permission`);
}

async function picks(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { page, context, problems } = await openOrder(browser, rig, "chenjing");
  const follow = [
    ...rig.sandbox.world.state.follows.get("chenjing")?.values() ?? [],
  ]
    .find((one) => one.remark === "朱雨桐 绿城百合");
  await call(page, "selectExternalContact", { filterType: 0 });
  await page.getByRole("searchbox", { name: "搜索客户" }).fill("朱雨桐");
  await page.locator(`[data-sandbox="pick-${follow?.externalUserId}"]`).check();
  await page.locator(CONFIRM).click();
  assert.deepEqual((await outcome(page))["userIds"], [follow?.externalUserId]);
  await call(page, "navigateToAddCustomer");
  await page.locator('[data-sandbox="mobile"]').fill("13800010015");
  await page.locator(CONFIRM).click();
  await page.getByText("已添加「胡子涵」").waitFor();
  await page.locator(CANCEL).click();
  assert.equal((await outcome(page))["errCode"], 0);
  const added = [
    ...rig.sandbox.world.state.follows.get("chenjing")?.values() ?? [],
  ].at(-1);
  assert.deepEqual(added?.remarkMobiles, ["13800010015"]);
  assert.deepEqual(problems, []);
  await context.close();
}

async function beside(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { world } = rig.sandbox;
  const [customer = ""] = group(rig).externalUserIds;
  const chatId = world.staffCreatesChat({
    userId: "chenjing",
    externalUserIds: [customer],
  });
  const open = async (who: string, query: string) => {
    const { page, context } = await openOrder(browser, rig, who, { query });
    const ask = async (name: string, params: unknown = {}) => {
      await call(page, name, params);
      return await outcome(page);
    };
    return { ask, close: () => context.close() };
  };
  const place = (chat: string) => `?in=${encodeURIComponent(chat)}`;
  const say = { msgtype: "text", text: { content: "您好" } };
  const elsewhere = "fail without context of external contact";

  const single = await open("chenjing", place(`customer:${customer}`));
  assert.equal((await single.ask("getContext"))["entry"], "single_chat_tools");
  assert.equal(
    (await single.ask("getCurExternalContact"))["userId"],
    customer,
  );
  assert.match(
    String((await single.ask("getCurExternalChat"))["errMsg"]),
    new RegExp(elsewhere),
  );
  assert.equal((await single.ask("sendChatMessage", say))["errCode"], 0);
  const told = world.state.talks.get(`chenjing ${customer}`);
  assert.deepEqual(told?.map((one) => one.text), ["您好"]);
  await single.close();

  const many = await open("chenjing", place(`group:${chatId}`));
  assert.equal((await many.ask("getContext"))["entry"], "group_chat_tools");
  assert.equal((await many.ask("getCurExternalChat"))["chatId"], chatId);
  assert.equal((await many.ask("sendChatMessage", say))["errCode"], 0);
  const said = world.state.chats.get(chatId)?.messages;
  assert.deepEqual(said?.map((one) => one.text), ["您好"]);
  await many.close();

  // Opened elsewhere, and by who is in no such chat.
  for (const query of ["", place(`group:${chatId}`)]) {
    const stranger = await open("hejun", query);
    for (const name of ["getCurExternalChat", "getCurExternalContact"]) {
      assert.match(
        String((await stranger.ask(name))["errMsg"]),
        new RegExp(elsewhere),
      );
    }
    await stranger.close();
  }
}

async function ends(browser: Browser): Promise<void> {
  await using rig = await browserRig();
  const { page, context } = await openOrder(browser, rig, "chenjing");
  const before = chatCount(rig);
  rig.sandbox.world.settings.clientOutcome = "hang";
  const asked = page.waitForResponse("**/sandbox/client/openEnterpriseChat");
  await call(page, "openEnterpriseChat", group(rig));
  await (await asked).finished();
  assert.equal(await settled(page), false);
  assert.equal(await page.locator(CONFIRM).count(), 0);
  rig.sandbox.world.settings.clientOutcome = "kill";
  await call(page, "openEnterpriseChat", group(rig));
  await page.locator(CONFIRM).click();
  await page.waitForURL("**/sandbox/killed");
  assert.equal(chatCount(rig), before + 1);
  await context.close();
  const plain = await openOrder(browser, rig, "chenjing", {
    query: "?client=none",
  });
  const seen = await plain.page.evaluate(() => [
    "WeixinJSBridge" in globalThis,
    navigator.userAgent.includes("wxwork"),
  ]);
  assert.deepEqual(seen, [false, false]);
  await plain.context.close();
}

Deno.test("in a browser, the simulated WeCom client", async (t) => {
  const browser = await launch();
  try {
    await t.step(
      "creates a group and opens it again by its id",
      () => creates(browser),
    );
    await t.step(
      "reports cancel from the button and from Esc",
      () => cancels(browser),
    );
    await t.step(
      "creates without an id as a corp, on an old client, on demand",
      () => withoutId(browser),
    );
    await t.step(
      "opens a one-to-one chat for two people",
      () => oneToOne(browser),
    );
    await t.step("refuses with the texts of WeCom", () => refusals(browser));
    await t.step(
      "picks contacts and adds a customer by number",
      () => picks(browser),
    );
    await t.step(
      "tells beside which chat a page was opened, and says something there",
      () => beside(browser),
    );
    await t.step(
      "can fall silent, lose the page after creating, and be absent",
      () => ends(browser),
    );
  } finally {
    await browser.close();
  }
});
