/** Stays that no single answer of WeCom shows as they were. */
import assert from "node:assert/strict";
import { type Rig, stays, withInbox } from "./rig.ts";

const create = (rig: Rig, externalUserIds: string[]) =>
  rig.world.staffCreatesChat({
    userId: "d1",
    groupName: "客户群",
    userIds: ["p1"],
    externalUserIds,
  });

const of = async (rig: Rig, chatId: string, id: string) =>
  (await stays(rig.sql, chatId)).filter(([memberId]) => memberId === id);

Deno.test("an end that a clock behind WeCom's noticed is put right by its event", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    const slow = rig.another(-2_000);
    rig.world.noticeChanged({ chatId, notice: "开工" });
    await rig.deliver(undefined, slow);
    rig.tick(1_900);
    rig.world.memberLeaves({ chatId, id: c1 });
    rig.tick(100);
    await slow.workOff();
    assert.deepEqual(await of(rig, chatId, c1), [[c1, 0, 10, null]]);
    await rig.deliver();
    await rig.later(10_000);
    assert.deepEqual(await of(rig, chatId, c1), [[c1, 0, 11, "left"]]);
  });
});

Deno.test("the end of a later stay is not taken for that of an earlier one", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.memberLeaves({ chatId, id: c1 });
    // This event is lost; the group is read because of another one.
    const lost = rig.events.length;
    rig.world.noticeChanged({ chatId, notice: "开工" });
    await rig.deliver(rig.events.slice(lost));
    await rig.later(2_000);
    const back = rig.events.length;
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c1,
    });
    rig.tick(1_000);
    rig.world.memberLeaves({ chatId, id: c1 });
    await rig.deliver(rig.events.slice(back));
    for (let turn = 0; turn < 4; turn++) await rig.later(10_000);
    assert.deepEqual(await of(rig, chatId, c1), [
      [c1, 0, 12, null],
      [c1, 12, 13, "left"],
    ]);
  });
});

Deno.test("who came right before the dissolution was in the group", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(10_000);
    rig.world.staffInvitesCustomer({
      chatId,
      userId: "d1",
      externalUserId: c2,
    });
    rig.tick(1_000);
    rig.world.chatDismissed({ chatId });
    await rig.deliver();
    await rig.later(5_000);
    assert.deepEqual(await of(rig, chatId, c2), [[c2, 10, null, null]]);
  });
});
