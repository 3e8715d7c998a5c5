/** Instances whose clocks differ by seconds, and changes within one second. */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import { createTaskQueue } from "../../lib/inbox/task_queue.ts";
import { type Rig, unsettled, withInbox } from "./rig.ts";

async function remarkOf(rig: Rig, externalUserId: string) {
  const [row] = await rig.sql<{ remark: string }[]>`
    select remark from contact_follow
    where wx_user_id = 'd1' and external_user_id = ${externalUserId}`;
  return row?.remark;
}

const edit = (rig: Rig, externalUserId: string, remark: string) =>
  rig.world.staffEditsRemark({ userId: "d1", externalUserId, remark });

Deno.test("a second change within the second is not lost to a clock that is ahead", async () => {
  await withInbox(async (rig, { c1 }) => {
    const ahead = rig.another(5_000);
    edit(rig, c1, "一");
    assert.equal(await rig.deliver(), 1);
    assert.equal(await ahead.workOff(), 1);
    assert.equal(await remarkOf(rig, c1), "一");
    rig.tick(300);
    edit(rig, c1, "二");
    assert.equal(await rig.deliver(), 1, "there is something to do");
    await ahead.workOff();
    assert.equal(await remarkOf(rig, c1), "二");
    assert.equal(await unsettled(rig.sql), 0);
    assert.equal((await rig.sql`select 1 from inbox_event`).length, 1);
  });
});

Deno.test("a second name within the second of the first is in the mirror, also by a clock that is ahead", async () => {
  await withInbox(async (rig, { c1 }) => {
    const ahead = rig.another(5_000);
    const chatId = rig.world.staffCreatesChat({
      userId: "d1",
      groupName: "客户群",
      externalUserIds: [c1],
    });
    await rig.deliver();
    await rig.later(10_000);
    rig.world.chatRenamed({ chatId, name: "一" });
    await rig.deliver();
    await ahead.workOff();
    assert.equal((await findChat(rig.sql, chatId))?.name, "一");
    rig.tick(300);
    rig.world.chatRenamed({ chatId, name: "二" });
    await rig.deliver();
    await ahead.workOff();
    assert.equal((await findChat(rig.sql, chatId))?.name, "二");
  });
});

Deno.test("what comes again while it is being read is read once more", async () => {
  await withInbox(async (rig, { c1 }) => {
    edit(rig, c1, "一");
    await rig.deliver();
    const queue = createTaskQueue({
      sql: rig.sql,
      now: () => rig.now() + 5_000,
      uuid: () => crypto.randomUUID(),
    });
    const [early] = await queue.claim(1);
    assert.ok(early);
    edit(rig, c1, "二");
    await rig.deliver();
    assert.equal(await queue.settle(early, async () => {}), true);
    assert.equal(await unsettled(rig.sql), 1);
    assert.equal(await rig.later(1_500), 1);
    assert.equal(await remarkOf(rig, c1), "二");
  });
});

Deno.test("what WeCom sends again long after it was settled costs nothing", async () => {
  await withInbox(async (rig, { c1 }) => {
    edit(rig, c1, "一");
    await rig.deliver();
    await rig.later(2_000);
    rig.tick(61_000);
    assert.equal(await rig.deliver(rig.events), 0);
    assert.equal(await rig.later(2_000), 0);
  });
});
