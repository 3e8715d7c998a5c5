/** Messages, welcome codes, statistics and the app's own settings. */
import assert from "node:assert/strict";
import { rig, smallWorld, START } from "./rig.ts";

Deno.test("a card reaches the members it may reach and is kept for reading", async () => {
  const { post, world, sandbox } = rig();
  const send = (touser: string, changes: Record<string, unknown> = {}) =>
    post("message/send", {
      touser,
      agentid: Number(sandbox.agentId),
      msgtype: "textcard",
      textcard: {
        title: "新订单",
        description: "去建群",
        url: "https://x.test",
      },
      ...changes,
    });
  const answer = await send("chenjing|sunli|nobody");
  assert.equal(answer.errcode, 0);
  assert.equal(answer["invaliduser"], "sunli|nobody");
  assert.deepEqual(world.messages.map(({ to, msgtype }) => [to, msgtype]), [[
    ["chenjing"],
    "textcard",
  ]]);
  assert.equal((await send("nobody")).errcode, 81013);
  assert.equal((await send("chenjing", { agentid: 7 })).errcode, 301002);
  assert.equal((await send("chenjing", { textcard: {} })).errcode, 40058);
});

Deno.test("of messages to one member what is too much, or the same again, is dropped without a word", async () => {
  const { post, world, sandbox, tick } = rig();
  const send = async (title: string, changes: Record<string, unknown> = {}) => {
    const answer = await post("message/send", {
      touser: "chenjing",
      agentid: Number(sandbox.agentId),
      msgtype: "textcard",
      textcard: { title, description: "去建群", url: "https://x.test" },
      enable_duplicate_check: 1,
      duplicate_check_interval: 300,
      ...changes,
    });
    return answer.errcode;
  };
  for (let n = 0; n < 40; n++) assert.equal(await send(`卡片 ${n}`), 0);
  assert.equal(world.messages.length, 30);
  tick(60_000);
  assert.equal(await send("卡片 1"), 0);
  assert.equal(world.messages.length, 30, "sent before");
  tick(240_000);
  assert.equal(await send("卡片 1"), 0);
  assert.equal(world.messages.length, 31);
  const card = { title: "长".repeat(200), description: "d", url: "https://x" };
  assert.equal(await send("", { textcard: card }), 0);
  assert.equal([...String(world.messages.at(-1)?.content.title)].length, 128);
  const bare = { ...card, url: "x.test/orders" };
  assert.equal(await send("", { textcard: bare }), 45034);
  const long = { ...card, url: `https://x.test/${"x".repeat(2_048)}` };
  assert.equal(await send("", { textcard: long }), 40058);
  assert.equal(await send("t", { touser: "" }), 82001);
});

Deno.test("a welcome code works once and for twenty seconds", async () => {
  const { post, world, tick } = rig(smallWorld(0));
  const codes: string[] = [];
  world.on((event) => {
    if (event.event === "change_external_contact" && event.welcomeCode) {
      codes.push(event.welcomeCode);
    }
  });
  for (const name of ["甲", "乙"]) {
    const externalUserId = world.customerAppears({ name });
    world.customerAddsStaff({ userId: "d1", externalUserId });
  }
  const welcome = async (welcome_code: string | undefined) =>
    (await post("externalcontact/send_welcome_msg", {
      welcome_code,
      text: { content: "您好" },
    })).errcode;
  assert.equal(await welcome(codes[0]), 0);
  assert.equal(await welcome(codes[0]), 41051);
  tick(20_001);
  assert.equal(await welcome(codes[1]), 41050);
  assert.equal(await welcome("made-up"), 41050);
  assert.equal(world.messages.length, 1);
});

Deno.test("statistics are per owner or per day, up to yesterday", async () => {
  const small = smallWorld(1);
  const { post, world, tick } = rig(small);
  world.staffCreatesChat({
    userId: "d1",
    userIds: ["p1"],
    externalUserIds: small.ids,
  });
  tick(86_400_000);
  const day_begin_time = START / 1000;
  const ask = (name: string, changes: Record<string, unknown> = {}) =>
    post(`externalcontact/groupchat/${name}`, {
      day_begin_time,
      day_end_time: day_begin_time,
      owner_filter: { userid_list: ["d1", "p1"] },
      ...changes,
    });
  const owners = await ask("statistic", { order_by: 2 });
  const items = owners["items"] as {
    owner: string;
    data: Record<string, number>;
  }[];
  assert.deepEqual(items.map((item) => item.owner), ["d1", "p1"]);
  assert.equal(items[0]?.data["new_chat_cnt"], 1);
  assert.equal(items[0]?.data["member_total"], 3);
  const days = await ask("statistic_group_by_day", {
    day_begin_time: day_begin_time - 86_400,
  });
  const totals = (days["items"] as { data: Record<string, number> }[]).map((
    item,
  ) => item.data["chat_total"]);
  assert.deepEqual(totals, [0, 1]);
  assert.equal(
    (await ask("statistic", { day_end_time: day_begin_time + 86_400 })).errcode,
    600018,
  );
  assert.equal((await ask("statistic", { day_begin_time: 1 })).errcode, 600018);
  assert.equal((await ask("statistic", { owner_filter: {} })).errcode, 40058);
});

Deno.test("the app's settings tell who is in its visible range", async () => {
  const { get, sandbox } = rig();
  const agent = await get("agent/get", { agentid: sandbox.agentId });
  const { user } = agent["allow_userinfos"] as { user: { userid: string }[] };
  const visible = user.map((one) => one.userid);
  assert.ok(visible.includes("chenjing"));
  assert.ok(!visible.includes("sunli") && !visible.includes("wupeng"));
  assert.equal(agent["redirect_domain"], "app.example.com");
});
