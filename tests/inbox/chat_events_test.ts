import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import { create, type Rig, stays, unsettled, withInbox } from "./rig.ts";

const gets = (rig: Rig) =>
  rig.world.calls.count("externalcontact/groupchat/get");

Deno.test("a group's name, owner and members follow every kind of update", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    assert.equal(await rig.later(1_900), 0, "WeCom's own data lags");
    assert.equal(await rig.later(100), 1);
    rig.world.chatRenamed({ chatId, name: "新名字" });
    rig.world.noticeChanged({ chatId, notice: "开工" });
    rig.world.ownerChanged({ chatId, owner: "p1" });
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c2,
    });
    await rig.deliver();
    assert.equal(await rig.later(3_000), 1);
    assert.equal(gets(rig), 2, "four changes, one reading");
    const row = await findChat(rig.sql, chatId);
    assert.deepEqual([row?.name, row?.owner], ["新名字", "p1"]);
    assert.equal((await stays(rig.sql, chatId)).length, 4);
  });
});

Deno.test("leaving and coming back are kept for good, to the second and with how", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = create(rig, [c1, c2]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.memberLeaves({ chatId, id: c1 });
    rig.world.memberRemoved({ chatId, id: c2 });
    await rig.deliver();
    await rig.later(30_000);
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c1,
    });
    await rig.deliver();
    await rig.later(10_000);
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter(([id]) => id === c1 || id === c2)
        .sort(),
      [[c1, 0, 10, "left"], [c1, 40, null, null], [c2, 0, 10, "removed"]]
        .sort(),
    );
  });
});

Deno.test("who left and came back before anybody looked has two stays", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.memberLeaves({ chatId, id: c1 });
    rig.tick(5_000);
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c1,
    });
    await rig.deliver();
    await rig.later(3_000);
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter(([id]) => id === c1),
      [[c1, 0, 10, "left"], [c1, 15, null, null]],
    );
  });
});

Deno.test("who came and went between two readings was there all the same, in any order of events", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    for (let turn = 0; turn < 2; turn++) {
      rig.world.staffInvitesCustomer({
        chatId,
        userId: "d1",
        externalUserId: c2,
      });
      rig.tick(7_000);
      rig.world.memberRemoved({ chatId, id: c2 });
      rig.tick(3_000);
    }
    const [come, go, comeAgain, goAgain] = rig.events.slice(1);
    assert.ok(come && go && comeAgain && goAgain);
    await rig.deliver([go, come, comeAgain]);
    await rig.later(3_000);
    await rig.deliver([goAgain]);
    await rig.later(3_000);
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter(([id]) => id === c2),
      [[c2, 10, 17, "removed"], [c2, 20, 27, "removed"]],
    );
  });
});

Deno.test("a dissolved group is marked, and a late update does not bring it back", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(5_000);
    rig.world.chatRenamed({ chatId, name: "最后的名字" });
    rig.tick(1_000);
    rig.world.chatDismissed({ chatId });
    const [renamed, dismissed] = rig.events.slice(1);
    assert.ok(renamed && dismissed);
    await rig.deliver([dismissed]);
    await rig.later(5_000);
    const at = (await findChat(rig.sql, chatId))?.dismissedAt;
    assert.ok(at);
    await rig.deliver([renamed]);
    await rig.later(5_000);
    assert.deepEqual((await findChat(rig.sql, chatId))?.dismissedAt, at);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("a dissolution within the second of another change is not lost to an answer that lags", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.settings.lagMs = 2_300;
    rig.world.memberLeaves({ chatId, id: c1 });
    rig.tick(900);
    rig.world.chatDismissed({ chatId });
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await findChat(rig.sql, chatId))?.dismissedAt, null);
    for (let turn = 0; turn < 10; turn++) await rig.later(1_000);
    assert.ok((await findChat(rig.sql, chatId))?.dismissedAt);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("who left right before the dissolution has left then", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.memberLeaves({ chatId, id: c1 });
    rig.tick(1_000);
    rig.world.chatDismissed({ chatId });
    await rig.deliver();
    await rig.later(5_000);
    assert.ok((await findChat(rig.sql, chatId))?.dismissedAt);
    assert.deepEqual(
      (await stays(rig.sql, chatId)).filter(([id]) => id === c1),
      [[c1, 0, 10, "left"]],
    );
  });
});

Deno.test("a group that WeCom does not know yet is asked for again, not lost", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.settings.lagMs = 20_000;
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await findChat(rig.sql, chatId), null);
    assert.equal(await unsettled(rig.sql), 1);
    for (let turn = 0; turn < 3; turn++) await rig.later(9_000);
    assert.equal((await findChat(rig.sql, chatId))?.name, "客户群");
    assert.deepEqual(await rig.inbox.listDead(), []);
  });
});

Deno.test("an answer from before the change is not taken for the change", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(5_000);
    rig.world.settings.lagMs = 6_000;
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c2,
    });
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await unsettled(rig.sql), 1);
    await rig.later(4_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.ok((await stays(rig.sql, chatId)).some(([id]) => id === c2));
  });
});

const GONE: [errcode: number, change: string, becomes: string][] = [
  [49008, "dismiss", "dismissed"],
  [49008, "update", "dismissed"],
  [40050, "dismiss", "dismissed"],
  [40050, "update", "kept"],
  [60011, "dismiss", "kept"],
  [60011, "update", "kept"],
  [90501, "dismiss", "kept"],
  [90501, "update", "kept"],
];

for (const [errcode, change, becomes] of GONE) {
  Deno.test(`a known group of which WeCom says ${errcode} after its ${change} is ${becomes}, and nothing is left to do`, async () => {
    await withInbox(async (rig, { c1 }) => {
      const chatId = create(rig, [c1]);
      await rig.deliver();
      await rig.later(10_000);
      rig.world.faults.add({
        endpoint: "externalcontact/groupchat/get",
        kind: { type: "errcode", errcode },
      });
      if (change === "dismiss") rig.world.chatDismissed({ chatId });
      else rig.world.chatRenamed({ chatId, name: "新名字" });
      await rig.deliver();
      for (let turn = 0; turn < 12; turn++) await rig.later(6_000);
      const row = await findChat(rig.sql, chatId);
      assert.equal(row?.dismissedAt ? "dismissed" : "kept", becomes);
      assert.equal(await unsettled(rig.sql), 0);
      assert.deepEqual(await rig.inbox.listDead(), []);
    });
  });
}

Deno.test("a group of somebody who is no staff of ours is kept, one out of scope is not", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.staffAddsContact({ userId: "x1", externalUserId: c1 });
    const mine = create(rig, [c1]);
    const hidden = rig.world.staffCreatesChat({
      userId: "x1",
      externalUserIds: [c1],
    });
    await rig.deliver();
    for (let turn = 0; turn < 8; turn++) await rig.later(15_000);
    assert.equal((await rig.sql`select 1 from staff`).length, 0);
    assert.ok(await findChat(rig.sql, mine));
    assert.equal(await findChat(rig.sql, hidden), null);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(await rig.inbox.listDead(), []);
  });
});
