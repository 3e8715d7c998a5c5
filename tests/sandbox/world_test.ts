/** Verbs of people, the events they raise, and the journal. */
import assert from "node:assert/strict";
import {
  eventXml,
  type Journal,
  type WorldEvent,
} from "../../lib/sandbox/mod.ts";
import { fileJournal } from "../../lib/sandbox/journal_file.ts";
import { rig, smallWorld } from "./rig.ts";

function memoryJournal(lines: string[] = []): Journal {
  return {
    read: () => Promise.resolve([...lines]),
    append: (line) => void lines.push(line),
  };
}

Deno.test("people's deeds raise WeCom's events, with its fields", () => {
  const small = smallWorld(1);
  const { world } = rig(small);
  const events: WorldEvent[] = [];
  const stop = world.on((event) => events.push(event));
  const fresh = world.customerAppears({ name: "新客户" });
  world.customerAddsStaff({
    userId: "d1",
    externalUserId: fresh,
    state: "order1",
  });
  world.staffEditsRemark({
    userId: "d1",
    externalUserId: fresh,
    remarkMobiles: ["13800000000"],
  });
  world.staffEditsRemark({ userId: "d1", externalUserId: fresh, remark: "新" });
  const chatId = world.staffCreatesChat({
    userId: "d1",
    externalUserIds: [fresh],
  });
  world.staffAddsMembers({ chatId, userId: "d1", userIds: ["p1"] });
  world.memberRemoved({ chatId, id: "p1" });
  world.memberLeaves({ chatId, id: fresh });
  world.chatRenamed({ chatId, name: "新群名" });
  world.chatDismissed({ chatId });
  world.customerDeletesStaff({ userId: "d1", externalUserId: fresh });
  world.staffDeletesContact({ userId: "d1", externalUserId: fresh });
  stop();
  world.customerAppears({ name: "没人听" });
  const told = events.map((event) =>
    event.event === "change_external_chat"
      ? [
        event.changeType,
        event.updateDetail,
        event.joinScene ?? event.quitScene,
      ].filter((one) => one !== undefined).join(" ")
      : "changeType" in event
      ? event.changeType
      : event.event
  );
  assert.deepEqual(told, [
    "add_external_contact",
    "edit_external_contact",
    "edit_external_contact",
    "create",
    "update add_member 0",
    "update del_member 1",
    "update del_member 0",
    "update change_name",
    "dismiss",
    "del_follow_user",
    "del_external_contact",
  ]);
});

Deno.test("the XML of an event reads like WeCom's and cannot be broken out of", () => {
  const xml = eventXml({
    event: "change_external_chat",
    changeType: "update",
    chatId: "wr1",
    updateDetail: "add_member",
    joinScene: 0,
    memChangeCnt: 1,
    memChangeList: ["a]]><b>"],
    createTime: 1795147200,
  }, "ww1");
  assert.match(xml, /<ToUserName><!\[CDATA\[ww1\]\]><\/ToUserName>/);
  assert.match(xml, /<CreateTime>1795147200<\/CreateTime>/);
  assert.match(xml, /<JoinScene>0<\/JoinScene><MemChangeCnt>1<\/MemChangeCnt>/);
  assert.match(xml, /<Item><!\[CDATA\[a\]\]\]\]><!\[CDATA\[><b>\]\]><\/Item>/);
});

Deno.test("only own contacts get into a chat, and at most 40 people", () => {
  const small = smallWorld(40);
  const { world } = rig(small);
  const create = (externalUserIds: string[], userId = "d1") =>
    world.staffCreatesChat({ userId, externalUserIds });
  assert.throws(() => create(small.ids), { errcode: 40058 });
  assert.throws(() => create([small.ids[0] ?? ""], "p1"), { errcode: 84061 });
  assert.throws(() => create(["wmUnknown"]), { errcode: 40096 });
  world.staffRights({ userId: "d1", canContact: false });
  assert.throws(() => create([small.ids[0] ?? ""]), { errcode: 84074 });
  assert.equal(world.state.chats.size, 0);
});

Deno.test("whoever leaves orphans own groups and drops out of those of others", () => {
  const { world } = rig(smallWorld(1));
  const [own = ""] = world.state.follows.get("d1")?.keys() ?? [];
  const chatId = world.staffCreatesChat({
    userId: "d1",
    userIds: ["p1"],
    externalUserIds: [own],
  });
  world.staffLeaves({ userId: "p1" });
  world.staffLeaves({ userId: "d1" });
  const chat = world.state.chats.get(chatId);
  assert.deepEqual(chat?.members.map((member) => member.id), ["d1", own]);
  assert.equal(chat?.status, 1);
  assert.throws(() => world.staffLeaves({ userId: "d1" }), { errcode: 60111 });
});

Deno.test("a restart brings back people, chats, tokens and tickets under the same ids", async () => {
  const lines: string[] = [];
  const before = rig({ journal: memoryJournal(lines) });
  const customer = before.world.customerAppears({ name: "重启前" });
  before.world.staffAddsContact({
    userId: "chenjing",
    externalUserId: customer,
  });
  const chatId = before.world.staffCreatesChat({
    userId: "chenjing",
    externalUserIds: [customer],
  });
  assert.throws(() => before.world.chatDismissed({ chatId: "wrNone" }));
  const token = await before.token();
  const ticket =
    (await before.get("ticket/get", { type: "agent_config" }))["ticket"];

  const after = rig({
    journal: memoryJournal([...lines, "torn li", '{"verb":"unknown","at":1}']),
  });
  await after.sandbox.ready;
  assert.deepEqual(after.world.state, before.world.state);
  assert.equal(after.world.state.chats.get(chatId)?.owner, "chenjing");
  assert.equal(await after.token(), token);
  assert.equal(
    (await after.get("ticket/get", { type: "agent_config" }))["ticket"],
    ticket,
  );
});

Deno.test("a reset returns to the seed and stays there after a restart", async () => {
  const lines: string[] = [];
  const before = rig({ journal: memoryJournal(lines) });
  before.world.staffLeaves({ userId: "chenjing" });
  before.world.down = true;
  before.world.reset();
  assert.equal(before.world.down, false);
  const after = rig({ journal: memoryJournal(lines) });
  await after.sandbox.ready;
  assert.equal(after.world.state.staff.get("chenjing")?.departed, false);
});

Deno.test("the file journal keeps order and survives a torn last line", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/sandbox.jsonl`;
    const first = fileJournal(path);
    assert.deepEqual(await first.read(), []);
    for (const line of ["1", "2", "3"]) first.append(line);
    await first.flush();
    await Deno.writeTextFile(path, '{"torn', { append: true });
    const second = fileJournal(path);
    assert.deepEqual(await second.read(), ["1", "2", "3", '{"torn']);
    second.append("4");
    await second.flush();
    assert.deepEqual(await fileJournal(path).read(), [
      "1",
      "2",
      "3",
      '{"torn',
      "4",
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a listener that throws disturbs neither the deed nor the next listener", () => {
  const { world } = rig(smallWorld(1));
  let heard = 0;
  world.on(() => {
    throw new Error("broken");
  });
  world.on(() => heard += 1);
  const [own = ""] = world.state.follows.get("d1")?.keys() ?? [];
  world.staffCreatesChat({ userId: "d1", externalUserIds: [own] });
  assert.equal(heard, 1);
});
