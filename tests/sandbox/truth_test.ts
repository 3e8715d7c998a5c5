/** Where the sandbox used to be kinder than WeCom is: each as the pages tell it. */
import assert from "node:assert/strict";
import { ODDITY_NAMES } from "../../lib/sandbox/oddities.ts";
import { eventXml, type WorldEvent } from "../../lib/sandbox/mod.ts";
import { type Rig, rig, START } from "./rig.ts";

/** Two members, a project manager, and one customer of the first. */
function company(): Rig & { customer: string; events: WorldEvent[] } {
  const made = rig({ seed: { kind: "empty" } });
  const { world } = made;
  const events: WorldEvent[] = [];
  for (const userId of ["d1", "d2", "p1"]) {
    world.staffJoins({ userId, name: userId });
  }
  const customer = world.customerAppears({ name: "王女士" });
  world.staffAddsContact({
    userId: "d1",
    externalUserId: customer,
    remarkMobiles: ["13800001234"],
  });
  world.on((event) => events.push(event));
  return { ...made, customer, events };
}

const told = (events: readonly WorldEvent[]) =>
  events.map((event) => "changeType" in event ? event.changeType : event.event);

Deno.test("a member's code is scanned, waits half added, and is whole when confirmed", async () => {
  const { world, post, get, events, tick } = company();
  const made = await post("externalcontact/add_contact_way", {
    type: 1,
    scene: 2,
    user: ["d1"],
    state: "order-1",
    remark: "备".repeat(40),
  });
  const configId = String(made["config_id"]);
  assert.match(String(made["qr_code"]), /qr/);
  const { contact_way: way } = await post("externalcontact/get_contact_way", {
    config_id: configId,
  });
  assert.equal((way as { remark: string }).remark, "备".repeat(30), "cut");
  const externalUserId = world.customerAppears({ name: "赵" });
  world.customerScansContactWay({ configId, externalUserId });
  assert.deepEqual(told(events), ["add_half_external_contact"]);
  const [half] = events.splice(0);
  assert.ok(half && "state" in half && half.state === "order-1");
  assert.ok("welcomeCode" in half);
  const asked = await get("externalcontact/get", {
    external_userid: externalUserId,
  });
  assert.equal(asked.errcode, 84061);
  const remark = await post("externalcontact/remark", {
    userid: "d1",
    external_userid: externalUserId,
    remark: "赵",
  });
  assert.equal(remark.errcode, 84061);
  tick(5_000);
  world.staffConfirmsContact({ userId: "d1", externalUserId });
  const [whole] = events;
  assert.ok(whole && "changeType" in whole);
  assert.equal(whole.changeType, "add_external_contact");
  assert.ok(!("welcomeCode" in whole), "the half-added one was welcomed");
  const { follow_user: follows } = await get("externalcontact/get", {
    external_userid: externalUserId,
  });
  assert.equal((follows as { state: string }[])[0]?.state, "order-1");
});

Deno.test("codes of members are listed by the time they were made, a page at a time, and a deleted one is unknown", async () => {
  const { world, post, tick } = company();
  const add = async () => {
    const made = await post("externalcontact/add_contact_way", {
      type: 1,
      scene: 2,
      user: ["d1"],
    });
    return String(made["config_id"]);
  };
  const early = await add();
  tick(60 * 60_000);
  const from = Math.floor(world.now() / 1000);
  const late = [await add(), await add()];
  const list = async (more: Record<string, unknown>) => {
    const page = await post("externalcontact/list_contact_way", more);
    const ways = page["contact_way"] as { config_id: string }[];
    return [ways.map((way) => way.config_id), page["next_cursor"]] as const;
  };
  assert.deepEqual((await list({}))[0], [early, ...late]);
  const [first, cursor] = await list({ start_time: from, limit: 1 });
  assert.deepEqual(first, [late[0]]);
  const rest = await list({ start_time: from, limit: 1, cursor });
  assert.deepEqual(rest, [[late[1]], undefined]);
  const gone = { config_id: early };
  await post("externalcontact/del_contact_way", gone);
  for (const path of ["get_contact_way", "del_contact_way"]) {
    const { errcode } = await post(`externalcontact/${path}`, gone);
    assert.equal(errcode, 41044, path);
  }
});

Deno.test("without 免验证 nothing is told until the member accepts", async () => {
  const { world, post, events } = company();
  const { config_id: configId } = await post(
    "externalcontact/add_contact_way",
    { type: 1, scene: 2, user: ["d1"], skip_verify: false },
  );
  const externalUserId = world.customerAppears({ name: "赵" });
  world.customerScansContactWay({ configId: String(configId), externalUserId });
  assert.deepEqual(events, []);
  world.staffConfirmsContact({ userId: "d1", externalUserId });
  assert.deepEqual(told(events), ["add_external_contact"]);
  assert.ok(events[0] && "welcomeCode" in events[0]);
});

Deno.test("a group's code has its address in both scenes, and a long remark is cut", async () => {
  const { world, post, customer } = company();
  const chatId = world.staffCreatesChat({
    userId: "d1",
    externalUserIds: [customer],
  });
  for (const scene of [1, 2]) {
    const made = await post("externalcontact/groupchat/add_join_way", {
      scene,
      chat_id_list: [chatId],
      remark: "备".repeat(31),
    });
    assert.deepEqual(Object.keys(made).sort(), [
      "config_id",
      "errcode",
      "errmsg",
    ]);
    const { join_way: way } = await post(
      "externalcontact/groupchat/get_join_way",
      { config_id: made["config_id"] },
    );
    const { remark, qr_code: code } = way as Record<string, string>;
    assert.ok(code, `scene ${scene}`);
    assert.equal(remark, "备".repeat(30));
  }
});

Deno.test("remark, number and tags are told when a member edits them, never through the API", async () => {
  const { world, post, get, events, customer } = company();
  world.staffEditsRemark({
    userId: "d1",
    externalUserId: customer,
    remarkMobiles: ["13900001234"],
  });
  const { tag_group: group } = await post("externalcontact/add_corp_tag", {
    group_name: "阶段",
    tag: [{ name: "量房", order: 1 }, { name: "签约", order: 2 }],
  });
  const [first, second] = (group as { tag: { id: string }[] }).tag;
  world.staffTagsContact({
    userId: "d1",
    externalUserId: customer,
    tagIds: [first?.id ?? ""],
  });
  assert.deepEqual(told(events.splice(0)), [
    "edit_external_contact",
    "edit_external_contact",
  ]);
  const marked = await post("externalcontact/mark_tag", {
    userid: "d1",
    external_userid: customer,
    add_tag: [second?.id],
    remove_tag: [first?.id],
  });
  assert.equal(marked.errcode, 0);
  assert.deepEqual(events, []);
  const { follow_user: follows } = await get("externalcontact/get", {
    external_userid: customer,
  });
  const [follow] = follows as { tags: { tag_name: string }[] }[];
  assert.deepEqual(follow?.tags.map((tag) => tag.tag_name), ["签约"]);
  const { tag_group: groups } = await post(
    "externalcontact/get_corp_tag_list",
    {},
  );
  const [library] = groups as { tag: { name: string }[] }[];
  assert.deepEqual(library?.tag.map((tag) => tag.name), ["签约", "量房"]);
});

Deno.test("members tell the app when they come into its scope and leave it", () => {
  const { world, events, sandbox } = company();
  world.staffRights({ userId: "d2", visible: false });
  world.staffRights({ userId: "d2", visible: false });
  world.staffRights({ userId: "d2", visible: true });
  world.staffLeaves({ userId: "d2" });
  world.staffJoins({ userId: "n1", name: "新人" });
  assert.deepEqual(told(events), [
    "unsubscribe",
    "subscribe",
    "unsubscribe",
    "subscribe",
  ]);
  const xml = eventXml(events[0] as WorldEvent, sandbox.corpId);
  assert.match(xml, /<FromUserName><!\[CDATA\[d2\]\]>/);
  assert.match(xml, /<Event><!\[CDATA\[unsubscribe\]\]>/);
  assert.match(xml, new RegExp(`<AgentID>${sandbox.agentId}</AgentID>`));
});

Deno.test("a customer who is handed on is deleted for one and added for the other", () => {
  const { world, events, customer, sandbox } = company();
  world.customerTransferred({ from: "d1", to: "d2", externalUserId: customer });
  assert.deepEqual(told(events), [
    "del_external_contact",
    "add_external_contact",
  ]);
  assert.match(
    eventXml(events[0] as WorldEvent, sandbox.corpId),
    /<Source><!\[CDATA\[DELETE_BY_TRANSFER\]\]>/,
  );
  assert.deepEqual([...world.state.followers.get(customer) ?? []], ["d2"]);
  world.customerTransferFails({
    to: "p1",
    externalUserId: customer,
    failReason: "customer_refused",
  });
  assert.match(
    eventXml(events[2] as WorldEvent, sandbox.corpId),
    /transfer_fail.*<FailReason><!\[CDATA\[customer_refused\]\]>/s,
  );
});

Deno.test("a rename and people who join are told as one, without a list of them", () => {
  const { world, events, customer, sandbox } = company();
  const chatId = world.staffCreatesChat({
    userId: "d1",
    externalUserIds: [customer],
  });
  events.length = 0;
  world.chatChangedTogether({
    chatId,
    userId: "d1",
    name: "新名字",
    userIds: ["d2", "p1"],
  });
  assert.equal(events.length, 1);
  const xml = eventXml(events[0] as WorldEvent, sandbox.corpId);
  assert.match(xml, /<UpdateDetail><!\[CDATA\[change_name\]\]>/);
  assert.match(xml, /<MemChangeCnt>2<\/MemChangeCnt>/);
  assert.doesNotMatch(xml, /MemChangeList/);
  assert.match(xml, /<LastMemVer>.*<CurMemVer>/);
});

Deno.test("groups of somebody who left are found by one of two ways, as set", async () => {
  const { world, post, customer, tick } = company();
  const chatId = world.staffCreatesChat({
    userId: "d1",
    externalUserIds: [customer],
  });
  world.staffLeaves({ userId: "d1" });
  tick(5_000);
  const ask = (body: Record<string, unknown>) =>
    post("externalcontact/groupchat/list", { limit: 10, ...body });
  const named = { status_filter: 1, owner_filter: { userid_list: ["d1"] } };
  const found = [{ chat_id: chatId, status: 1 }];
  assert.deepEqual((await ask(named))["group_chat_list"], found);
  assert.deepEqual((await ask({ status_filter: 1 }))["group_chat_list"], []);
  world.settings.departedOwners = "unnamed";
  assert.equal((await ask(named)).errcode, 40003);
  assert.deepEqual((await ask({ status_filter: 1 }))["group_chat_list"], found);
});

Deno.test("statistics add up to the end of a day; a day that is not over is 600018", async () => {
  const { world, post, customer, tick } = company();
  world.staffCreatesChat({ userId: "d1", externalUserIds: [customer] });
  const day = 86_400;
  const first = Math.floor(START / 1000);
  tick(5 * day * 1000);
  const ask = (path: string, from: number, to: number) =>
    post(`externalcontact/groupchat/${path}`, {
      day_begin_time: from,
      day_end_time: to,
      owner_filter: { userid_list: ["d1"] },
    });
  const { items } = await ask(
    "statistic_group_by_day",
    first,
    first + 4 * day,
  );
  const days = (items as { data: Record<string, number> }[])
    .map((one) => one.data);
  assert.deepEqual(days.map((one) => one["new_chat_cnt"]), [1, 0, 0, 0, 0]);
  assert.deepEqual(days.map((one) => one["chat_total"]), [1, 1, 1, 1, 1]);
  const written = days.map((one) => one["msg_total"] ?? 0);
  assert.deepEqual(written, written.toSorted((a, b) => a - b), "they add up");
  assert.ok((written.at(-1) ?? 0) > 0);
  const span = await ask("statistic", first, first + 4 * day);
  const [sum] = span["items"] as { data: Record<string, number> }[];
  assert.equal(sum?.data["msg_total"], written.at(-1));
  const today = await ask("statistic", first, first + 5 * day);
  assert.deepEqual([today.errcode, today["items"]], [600018, []]);
});

Deno.test("an odd row stands beside the others, which are as they were", async () => {
  const { world, sandbox, token, customer, tick } = company();
  const chatId = world.staffCreatesChat({
    userId: "d1",
    userIds: ["d2"],
    externalUserIds: [customer],
  });
  tick(5_000);
  const read = async (endpoint: string, body: unknown) => {
    const url =
      `https://qyapi.test/cgi-bin/${endpoint}?access_token=${await token()}`;
    const init = { method: "POST", body: JSON.stringify(body) };
    return await (await sandbox.api(new Request(url, init))).text();
  };
  const contacts = () =>
    read("externalcontact/batch/get_by_user", { userid_list: ["d1"] });
  const group = () =>
    read("externalcontact/groupchat/get", { chat_id: chatId, need_name: 1 });
  const plain = await contacts() + await group();
  for (const oddity of ODDITY_NAMES) {
    const remove = world.faults.add({
      endpoint: "*",
      kind: { type: "odd", oddity },
    });
    const texts = [await contacts(), await group()];
    remove();
    assert.notEqual(texts.join(""), plain, oddity);
    assert.ok(texts.every((text) => text.includes(customer)), oddity);
    if (oddity === "raw control character") {
      assert.ok(texts.every((text) => text.includes("\u0014")));
      for (const text of texts) assert.throws(() => JSON.parse(text));
    } else for (const text of texts) JSON.parse(text);
  }
});
