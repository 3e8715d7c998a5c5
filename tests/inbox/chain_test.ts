/** Comings and goings that are settled without asking WeCom, and those that are not. */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import {
  chainEnd,
  isStep,
  type Known,
  type Step,
} from "../../lib/inbox/chat_chain.ts";
import type { ChatEvent } from "../../lib/wecom/callback/event.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import type { Fields } from "../../lib/wecom/callback/xml.ts";
import {
  invite,
  type Rig,
  settledGroup,
  START,
  stays,
  unsettled,
  withInbox,
} from "./rig.ts";
import type { Recent } from "../../lib/inbox/arrived.ts";

const READ_AT = START;

/** `+c A B`: c joins, and the version goes from A to B; `-c A B`: c leaves. */
function step(text: string, more: Fields = {}, at = READ_AT + 5_000): Step {
  const [who = "", last = "", version = ""] = text.split(" ");
  const event = readEvent({
    Event: "change_external_chat",
    ChangeType: "update",
    ChatId: "wr1",
    CreateTime: String(at / 1000),
    UpdateDetail: who.startsWith("+") ? "add_member" : "del_member",
    MemChangeCnt: String(who.slice(1).split(",").length),
    MemChangeList: who.slice(1),
    LastMemVer: last,
    CurMemVer: version,
    ...more,
  }, at);
  assert.ok(event?.kind === "chat");
  const arrived = { ...event, eventId: text, receivedAt: new Date(at) };
  return arrived as Step;
}

const told = (text: string, settled = true): Recent<ChatEvent> => ({
  ...step(text),
  settled,
});

/** The mirror has version A, with d1 (the owner), p1 and c1 in it. */
function known(others: Recent<ChatEvent>[] = [], memberVersion = "A"): Known {
  const member = (memberId: string, type: "member" | "external") => ({
    memberId,
    type,
    name: memberId,
    joinedAt: new Date(READ_AT - 60_000),
  });
  return {
    mirror: {
      chatId: "wr1",
      orderId: "o1",
      name: "客户群",
      owner: "d1",
      ownerStatus: "normal",
      createdAt: new Date(READ_AT - 60_000),
      memberVersion,
      reading: "1",
      firstReading: "1",
      announced: null,
      boundAt: null,
      syncedAt: new Date(READ_AT),
      refusedAt: null,
      dismissedAt: null,
    },
    present: [
      member("d1", "member"),
      member("p1", "member"),
      member("wmC1", "external"),
    ],
    told: others,
  };
}

const CHAINS: [
  name: string,
  steps: Step[],
  known: Known,
  end: string | null,
][] = [
  ["somebody leaves", [step("-wmC1 A B")], known(), "B"],
  ["somebody comes", [step("+wmC2 A B")], known(), "B"],
  ["two come at once", [step("+wmC2,wmC3 A B")], known(), "B"],
  [
    "two changes, told in disorder",
    [step("+wmC3 B C"), step("-wmC1 A B")],
    known(),
    "C",
  ],
  ["a userid in another case leaves", [step("-P1 A B")], known(), "B"],
  ["what is known already comes again", [step("-wmC9 Z A")], known(), "A"],
  [
    "the next change waits to be due",
    [step("-wmC1 A B")],
    known([told("+wmC2 B C", false)]),
    "B",
  ],
  ["another version is ours", [step("-wmC1 B C")], known(), null],
  ["nobody's version is known", [step("-wmC1 A B")], known([], ""), null],
  [
    "a change is missing in between",
    [step("-wmC1 A B"), step("+wmC2 C D")],
    known(),
    null,
  ],
  [
    "the version came back with the people",
    [step("-wmC1 A B"), step("+wmC1 B A")],
    known(),
    null,
  ],
  [
    "the versions end in a ring",
    [step("+wmC2 A B"), step("+wmC3 B C"), step("-wmC3 C B")],
    known(),
    null,
  ],
  [
    "the versions end in a longer ring",
    [
      step("+wmC2 A B"),
      step("+wmC3 B C"),
      step("+wmC4 C D"),
      step("-wmC3,wmC4 D B"),
    ],
    known(),
    null,
  ],
  [
    "the version was left before, and a settled event tells so",
    [step("-wmC1 A B")],
    known([told("+wmC1 B A")]),
    null,
  ],
  [
    "another change starts from the same version",
    [step("-wmC1 A B")],
    known([told("-p1 A C", false)]),
    null,
  ],
  [
    "it happened before the group was read",
    [step("-wmC1 A B", {}, READ_AT - 1_000)],
    known(),
    null,
  ],
  ["who comes is there", [step("+wmC1 A B")], known(), null],
  ["who goes is not there", [step("-wmC2 A B")], known(), null],
  ["the owner goes", [step("-D1 A B")], known(), null],
  [
    "somebody comes who went within the same second",
    [step("+wmC2 A B")],
    known([told("-wmC2 Z Y")]),
    null,
  ],
  [
    "who is there long since comes, to the version that is ours",
    [step("+wmC1 Z A")],
    known(),
    null,
  ],
  [
    "the same person comes and goes",
    [step("+wmC2 A B"), step("-wmC2 B C")],
    known(),
    null,
  ],
];

for (const [name, steps, mirror, end] of CHAINS) {
  const does = end === null
    ? "it is read"
    : `the version is ${end} without a call`;
  Deno.test(`when ${name}, ${does}`, () => {
    assert.ok(steps.every(isStep));
    assert.equal(chainEnd(steps, mirror), end);
  });
}

const NO_STEPS: [name: string, fields: Fields][] = [
  ["tells another number than it lists", { MemChangeCnt: "3" }],
  ["tells no number", { MemChangeCnt: "" }],
  ["names nobody", { MemChangeList: "" }],
  ["has equal versions", { LastMemVer: "B" }],
  ["has no version before", { LastMemVer: "" }],
  ["has no version after", { CurMemVer: "" }],
  ["tells a new name with it", { UpdateDetail: "change_name", JoinScene: "0" }],
];

for (const [name, fields] of NO_STEPS) {
  Deno.test(`a coming that ${name} is read`, () => {
    assert.equal(isStep(step("+wmC2 A B", fields)), false);
  });
}

const gets = (rig: Rig) =>
  rig.world.calls.count("externalcontact/groupchat/get");

async function settle(rig: Rig): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await rig.later(1_000);
  assert.equal(await unsettled(rig.sql), 0);
}

Deno.test("comings and goings that follow from what we know are in the record without a call", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    const before = gets(rig);
    rig.tick(5_000);
    invite(rig, chatId, c2);
    rig.tick(1_000);
    rig.world.memberRemoved({ chatId, id: c1 });
    await rig.deliver();
    await rig.later(2_000);
    const there = async () =>
      (await stays(rig.sql, chatId)).filter((stay) => stay[2] === null)
        .map(([id]) => id).sort();
    assert.deepEqual(await there(), ["d1", "p1", c2].sort());
    await settle(rig);
    assert.deepEqual(await there(), ["d1", "p1", c2].sort());
    assert.equal(gets(rig), before);
    const row = await findChat(rig.sql, chatId);
    const chat = rig.world.state.chats.get(chatId);
    assert.equal(row?.memberVersion, chat?.memberVersion);

    // The next reading tells when exactly somebody came, and how.
    rig.world.noticeChanged({ chatId, notice: "开工" });
    await rig.deliver();
    await settle(rig);
    assert.ok(gets(rig) > before);
    const mine = (await stays(rig.sql, chatId)).filter(([id]) =>
      id === c1 || id === c2
    );
    assert.deepEqual(mine, [[c1, 0, 16, "removed"], [c2, 15, null, null]]);
  });
});

Deno.test("a group of which somebody is known from an event alone is marked until it is read", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.tick(5_000);
    invite(rig, chatId, c2);
    await rig.deliver();
    await settle(rig);
    const untold = async () =>
      (await rig.sql`select 1 from chat where members_told`).length;
    assert.equal(await untold(), 1);
    rig.world.noticeChanged({ chatId, notice: "开工" });
    await rig.deliver();
    await settle(rig);
    assert.equal(await untold(), 0);
  });
});

Deno.test("an answer that lags, written meanwhile by somebody else, does not undo what was told", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1, c2]);
    rig.tick(5_000);
    rig.world.settings.lagMs = 4_000;
    rig.world.memberLeaves({ chatId, id: c2 });
    await rig.deliver();
    await rig.later(2_000);
    const gone = async () =>
      (await stays(rig.sql, chatId)).find(([id]) => id === c2)?.[2];
    assert.equal(await gone(), 15);
    // A page reads the group now, and WeCom still shows who left.
    await rig.sql`update chat set synced_at = ${new Date(rig.now())},
      member_version = 'before', reading = nextval('reading')`;
    await rig.sql`update chat_member set left_at = null, quit_scene = null
      where member_id = ${c2}`;
    await settle(rig);
    assert.equal(await gone(), 15);
  });
});

Deno.test("a group that somebody waits for is read when people come, and bound", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    await rig.sql`insert into customer_order ${
      rig.sql({
        orderId: "o1",
        orderNo: "o1",
        customerName: "李",
        phoneSealed: "",
        phoneHashes: [],
        designerWxUserId: "d1",
        createdAt: new Date(START),
        updatedAt: new Date(START),
      })
    }`;
    await rig.sql`insert into group_intent ${
      rig.sql({
        intentId: "i1",
        orderId: "o1",
        createdBy: "d1",
        customerExternalUserId: c2,
        userIds: ["d1", "p1"],
        externalUserIds: [c2],
        groupName: "客户群",
        state: "pending",
        openedReading: 0,
        expiresAt: new Date(START + 600_000),
        createdAt: new Date(START),
        updatedAt: new Date(START),
      })
    }`;
    rig.tick(5_000);
    invite(rig, chatId, c2);
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await findChat(rig.sql, chatId))?.orderId, "o1");
  });
});
