/** WeCom's answers that are older than the events that announce them (96338). */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import type { WorldEvent } from "../../lib/sandbox/mod.ts";
import { type Rig, stays, unsettled, withInbox } from "./rig.ts";

const gets = (rig: Rig) =>
  rig.world.calls.count("externalcontact/groupchat/get");

async function settledGroup(rig: Rig, externalUserIds: string[]) {
  const chatId = rig.world.staffCreatesChat({
    userId: "d1",
    groupName: "客户群",
    userIds: ["p1"],
    externalUserIds,
  });
  await rig.deliver();
  await rig.later(10_000);
  assert.equal(await unsettled(rig.sql), 0);
  return chatId;
}

const invite = (rig: Rig, chatId: string, externalUserId: string) =>
  rig.world.staffInvitesCustomer({ chatId, userId: "d1", externalUserId });

/** As older callbacks are: without versions, and without names when told so. */
function bare(event: WorldEvent | undefined, named = true): WorldEvent {
  assert.ok(event && "chatId" in event);
  const { lastMemVer: _last, curMemVer: _cur, memChangeList, ...rest } = event;
  return named && memChangeList ? { ...rest, memChangeList } : rest;
}

async function staysOf(rig: Rig, chatId: string, member: string) {
  return (await stays(rig.sql, chatId)).filter(([id]) => id === member);
}

for (const lagMs of [3_000, 4_000, 5_500]) {
  Deno.test(`a new name and owner that WeCom shows ${lagMs} ms late get into the mirror`, async () => {
    await withInbox(async (rig, { c1 }) => {
      const chatId = await settledGroup(rig, [c1]);
      rig.world.settings.lagMs = lagMs;
      rig.world.chatRenamed({ chatId, name: "新名字" });
      await rig.deliver();
      rig.world.ownerChanged({ chatId, owner: "p1" });
      await rig.deliver();
      await rig.later(2_500);
      assert.equal(await unsettled(rig.sql), 2);
      await rig.later(7_500);
      const row = await findChat(rig.sql, chatId);
      assert.deepEqual([row?.name, row?.owner], ["新名字", "p1"]);
      assert.equal(await unsettled(rig.sql), 0);
      assert.equal(gets(rig), 3);
    });
  });
}

Deno.test("a change that cannot be seen is settled by a second reading some seconds later", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.chatRenamed({ chatId, name: "客户群" });
    rig.world.noticeChanged({ chatId, notice: "开工" });
    await rig.deliver();
    await rig.later(2_500);
    await rig.later(6_500);
    assert.equal(gets(rig), 2);
    await rig.later(1_000);
    assert.equal(gets(rig), 3);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("of two new names the first one shown is not taken for both", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.settings.lagMs = 3_900;
    rig.world.chatRenamed({ chatId, name: "一" });
    rig.tick(1_000);
    rig.world.chatRenamed({ chatId, name: "二" });
    rig.tick(1_000);
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await findChat(rig.sql, chatId))?.name, "一");
    await rig.later(8_000);
    assert.equal((await findChat(rig.sql, chatId))?.name, "二");
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("who is named as come in and not shown yet has not left again", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.settings.lagMs = 8_000;
    invite(rig, chatId, c2);
    await rig.deliver([bare(rig.events.at(-1))]);
    await rig.later(3_000);
    assert.equal(await unsettled(rig.sql), 1);
    assert.deepEqual(await staysOf(rig, chatId, c2), []);
    await rig.later(6_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(await staysOf(rig, chatId, c2), [[c2, 10, null, null]]);
  });
});

Deno.test("who is named as gone and still shown is not kept as a member", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1, c2]);
    rig.world.settings.lagMs = 8_000;
    rig.world.memberLeaves({ chatId, id: c2 });
    await rig.deliver([bare(rig.events.at(-1))]);
    await rig.later(3_000);
    await rig.later(6_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(await staysOf(rig, chatId, c2), [[c2, 0, 10, "left"]]);
  });
});

Deno.test("of members who are not named a second reading tells", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.settings.lagMs = 4_000;
    invite(rig, chatId, c2);
    await rig.deliver([bare(rig.events.at(-1), false)]);
    await rig.later(2_500);
    await rig.later(8_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(await staysOf(rig, chatId, c2), [[c2, 10, null, null]]);
  });
});

Deno.test("an answer from before a lost event is not taken for the one after it", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    rig.world.settings.lagMs = 4_000;
    invite(rig, chatId, c2);
    rig.world.memberRemoved({ chatId, id: c2 });
    invite(rig, chatId, c2);
    rig.world.memberRemoved({ chatId, id: "p1" });
    const last = rig.events.at(-1);
    assert.ok(last && "memChangeList" in last);
    const { memChangeList: _, ...unnamed } = last;
    await rig.deliver([unnamed]);
    await rig.later(2_500);
    assert.equal(await unsettled(rig.sql), 1);
    await rig.later(8_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter((stay) => stay[2] === null)
        .map(([id]) => id).sort(),
      ["d1", c1, c2].sort(),
    );
  });
});

Deno.test("a departure that came before its arrival ends the stay of it", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    invite(rig, chatId, c2);
    rig.tick(7_000);
    rig.world.memberRemoved({ chatId, id: c2 });
    const [come, gone] = rig.events.slice(-2);
    await rig.deliver([bare(gone)]);
    await rig.later(3_000);
    await rig.deliver([bare(come)]);
    await rig.later(3_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(
      await staysOf(rig, chatId, c2),
      [[c2, 10, 17, "removed"]],
    );
  });
});

Deno.test("an arrival that WeCom does not confirm within a minute was a short stay", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = await settledGroup(rig, [c1]);
    invite(rig, chatId, c2);
    const come = rig.events.at(-1);
    rig.tick(1_000);
    rig.world.memberRemoved({ chatId, id: c2 });
    await rig.deliver([bare(come)]);
    for (let turn = 0; turn < 8; turn++) {
      await rig.later(7_000);
      assert.deepEqual(await staysOf(rig, chatId, c2), []);
    }
    await rig.later(15_000);
    assert.equal(await unsettled(rig.sql), 0);
    const [stay] = await staysOf(rig, chatId, c2);
    assert.equal(stay?.[1], 10);
    assert.ok(stay?.[2]);
    assert.ok(gets(rig) <= 10);
  });
});
