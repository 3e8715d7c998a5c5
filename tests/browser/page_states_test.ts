import assert from "node:assert/strict";
import { askClient, withRig } from "./rig.ts";

Deno.test("outside of WeCom the page says how to open it there", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing", {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    await designer.open("XH2611001", "?client=none");
    await designer.see("not-in-wecom");
    assert.equal(await designer.id("create-group").count(), 0);
    await designer.tap("copy-link");
    await designer.page.getByText("已复制").waitFor();
    const copied = await designer.page.evaluate(() =>
      navigator.clipboard.readText()
    );
    assert.equal(copied, designer.page.url());
  });
});

Deno.test("a client that is too old is told so, and offers nothing", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611001", "?client=old");
    await designer.see("error-CLIENT_TOO_OLD");
    assert.match(await designer.text(), /请先升级企业微信/);
    assert.equal(await designer.id("create-group").count(), 0);
  });
});

Deno.test("a group made by hand is linked instead of making a second one", async () => {
  await withRig(async ({ app, phone }) => {
    const before = app.sandbox.world.state.chats.size;
    const designer = await phone("chenjing");
    await designer.open("XH2611023");
    await designer.tap("create-group");
    await designer.see("link-existing");
    assert.match(await designer.text(), /宋平家装修群/);
    await designer.tap("link-existing");
    await designer.see("result-success");
    assert.equal(app.sandbox.world.state.chats.size, before);
  });
});

Deno.test("a second group in spite of one made by hand takes one more tap", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611023");
    await designer.tap("create-group");
    await designer.tap("create-another");
    await designer.tap("confirm-create");
    await designer.native("confirm");
    await designer.see("result-success");
    assert.match(await designer.text(), /宋平-服务群/);
    const names = [...app.sandbox.world.state.chats.values()].map(({ name }) =>
      name
    );
    assert.ok(names.includes("宋平家装修群") && names.includes("宋平-服务群"));
  });
});

Deno.test("a sheet that is open locks nobody out; a client that was asked does", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611011");
    await designer.tap("create-group");
    await designer.id("confirm-create").and(designer.page.locator(":enabled"))
      .waitFor();
    const manager = await phone("wangqiang");
    await manager.open("XH2611011");
    await manager.see("order-card");
    assert.equal(await manager.id("error-GROUP_IN_PROGRESS").count(), 0);

    await designer.tap("confirm-create");
    await designer.page.locator('[data-sandbox="confirm"]').waitFor();
    await manager.page.reload();
    await manager.see("error-GROUP_IN_PROGRESS");
    assert.match(await manager.text(), /陈静正在建这个群/);
    await manager.tap("retry");
    await manager.page.getByText("还没有建好，请稍后再看").waitFor();
    await designer.native("confirm");
    await designer.see("result-success");
    await manager.tap("retry");
    await manager.see("result-success");
  });
});

Deno.test("of one person's two phones the second shows what the first made", async () => {
  await withRig(async ({ app, phone }) => {
    const before = app.sandbox.world.state.chats.size;
    const first = await phone("chenjing");
    const second = await phone("chenjing");
    for (const one of [first, second]) {
      await one.open("XH2611009");
      await one.tap("create-group");
      await one.id("confirm-create").and(one.page.locator(":enabled"))
        .waitFor();
    }
    await first.tap("confirm-create");
    await first.page.locator('[data-sandbox="confirm"]').waitFor();
    await second.tap("confirm-create");
    await second.page.getByText("您在另一个页面正在建这个群").waitFor();
    await first.native("confirm");
    await first.see("result-success");
    await second.tap("retry");
    await second.see("result-success");
    assert.equal(app.sandbox.world.state.chats.size, before + 1);
  });
});

Deno.test("a group that two phones made besides the order's is told of, and opened", async () => {
  await withRig(async ({ phone }) => {
    const first = await phone("chenjing");
    await first.open("XH2611009");
    await askClient(first);
    await first.page.locator('[data-sandbox="confirm"]').waitFor();

    const second = await phone("chenjing");
    await second.open("XH2611009");
    await second.tap("resume-create");
    await second.tap("confirm-create");
    await second.native("confirm");
    await second.see("result-success");

    await first.native("confirm");
    await first.see("error-GROUP_ALREADY_EXISTS");
    await first.tap("open-extra");
    await first.page.getByText(/-服务群\(3\)/).waitFor();
  });
});

Deno.test("a customer who is chosen before the page is alive stays chosen", async () => {
  await withRig(async ({ origin, phone }) => {
    const designer = await phone("chenjing");
    const chosen = Promise.withResolvers<void>();
    await designer.page.route("**/_fresh/js/**", async (route) => {
      await chosen.promise;
      await route.continue();
    });
    await designer.page.goto(`${origin}/orders/demo-xh2611013/group`, {
      waitUntil: "commit",
    });
    await designer.choose(1);
    assert.ok(await designer.id("create-group").isDisabled());
    chosen.resolve();
    await designer.id("create-group").and(designer.page.locator(":enabled"))
      .waitFor();
    const radio = designer.page.getByRole("radio").nth(1);
    assert.ok(await radio.isChecked());
  });
});

Deno.test("a page closed with the sheet open says nothing of it later", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611011");
    await designer.tap("create-group");
    await designer.id("confirm-create").and(designer.page.locator(":enabled"))
      .waitFor();
    await designer.page.reload();
    await designer.id("create-group").and(designer.page.locator(":enabled"))
      .waitFor();
    assert.doesNotMatch(await designer.text(), /没有走完/);
  });
});

Deno.test("a page closed while the client was at it goes on, or starts anew, later", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    for (
      const [button = "", next = ""] of [
        ["resume-create", "confirm-sheet"],
        ["abandon", "create-group"],
      ]
    ) {
      await designer.open("XH2611012");
      await designer.choose(0);
      await askClient(designer);
      await designer.page.locator('[data-sandbox="confirm"]').waitFor();
      await designer.page.reload();
      await designer.tap(button);
      await designer.see(next);
      if (next === "confirm-sheet") {
        await designer.tap("confirm-create");
        await designer.native("cancel");
        await designer.page.getByText("已取消，没有建群").waitFor();
      }
    }
  });
});

Deno.test("a group that was dismissed makes room for another", async () => {
  await withRig(async ({ app, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611001");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    const { world } = app.sandbox;
    const chat = [...world.state.chats.values()].find(({ name }) =>
      name === "王建国-服务群"
    );
    assert.ok(chat);
    world.run("chatDismissed", { chatId: chat.chatId });
    // What is younger than a minute is not read again: told by hand.
    await app.services.sql`
      update chat set dismissed_at = now() where chat_id = ${chat.chatId}`;
    await designer.page.reload();
    await designer.page.getByText("已解散").waitFor();
    await designer.see("create-group");
  });
});

Deno.test("a desktop client opens the group by its second way", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing", {
      viewport: { width: 1280, height: 800 },
    });
    await designer.open("XH2611002", "?client=desktop");
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
    await designer.tap("open-chat");
    await designer.page.getByText("李秀兰-服务群(3)").waitFor();
  });
});

Deno.test("a session that ran out is renewed by opening the page again", async () => {
  await withRig(async ({ origin, phone }) => {
    const designer = await phone("chenjing");
    await designer.open("XH2611003");
    await designer.page.context().clearCookies({ name: "session" });
    await designer.tap("create-group");
    await designer.see("error-UNAUTHENTICATED");
    await designer.tap("retry");
    await designer.page.waitForURL(`${origin}/orders/**`);
    await askClient(designer);
    await designer.native("confirm");
    await designer.see("result-success");
  });
});

Deno.test("the list leads to an order, and narrows by name and state", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing");
    await designer.goto("/");
    assert.equal(await designer.page.title(), "我的订单");
    await designer.page.getByRole("searchbox").fill("王建国");
    await designer.page.keyboard.press("Enter");
    await designer.page.waitForURL(/query=/);
    const rows = designer.page.locator("ul.orders a");
    assert.equal(await rows.count(), 1);
    await rows.click();
    await designer.see("order-card");
    await designer.goto("/?state=with_group");
    await designer.see("orders-empty");
  });
});

Deno.test("strangers, customers and foreign orders meet a kind page", async () => {
  await withRig(async ({ app, phone }) => {
    const colleague = await phone("xuting");
    await colleague.open("XH2611001");
    await colleague.see("error-ORDER_NOT_FOUND");
    assert.match(await colleague.text(), /也可能由其他同事负责/);
    await colleague.goto("/orders/nope/group");
    await colleague.see("error-ORDER_NOT_FOUND");
    await colleague.goto("/nowhere");
    await colleague.see("error-NOT_FOUND");
    const [customer] = app.sandbox.world.state.customers.values();
    const stranger = await phone(`external:${customer?.externalUserId}`);
    await stranger.goto("/");
    await stranger.see("error-FORBIDDEN");
    assert.match(await stranger.text(), /员工/);
  });
});

Deno.test("nothing is cut off at 320 pixels, and every target is big enough", async () => {
  await withRig(async ({ phone }) => {
    const designer = await phone("chenjing", {
      viewport: { width: 320, height: 640 },
    });
    const check = async (what: string) => {
      const { wide, small } = await designer.page.evaluate(() => ({
        wide: document.documentElement.scrollWidth - innerWidth,
        small: [...document.querySelectorAll("main button, main a, main label")]
          .map((element) => {
            const { width, height } = element.getBoundingClientRect();
            return { text: element.textContent, width, height };
          })
          .filter(({ width, height }) => width < 44 || height < 44),
      }));
      assert.ok(wide <= 0, `${what} is ${wide} px too wide`);
      assert.deepEqual(small, [], what);
    };
    await designer.goto("/");
    await check("the list");
    for (const order of ["XH2611020", "XH2611013", "XH2611014"]) {
      await designer.open(order);
      await designer.page.getByTestId(/create-group|pick-contact/).first()
        .waitFor();
      await check(order);
    }
    await designer.open("XH2611020");
    await designer.tap("create-group");
    await designer.see("confirm-sheet");
    await check("the sheet");
  });
});
