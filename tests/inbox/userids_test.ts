/** Events that spell people differently from what WeCom answers (90196). */
import assert from "node:assert/strict";
import type { WorldEvent } from "../../lib/sandbox/mod.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import { subjectOf } from "../../lib/inbox/dedupe.ts";
import { type Rig, stays, unsettled, withInbox } from "./rig.ts";

/** Delivers what happened since the last call, with staff in capitals. */
async function deliver(rig: Rig): Promise<void> {
  const spelled = rig.events.splice(0).map((event): WorldEvent => {
    if (event.event === "change_external_contact") {
      return { ...event, userId: event.userId.toUpperCase() };
    }
    if (event.event !== "change_external_chat") return event;
    const ids = event.memChangeList?.map((id) =>
      rig.world.state.staff.has(id) ? id.toUpperCase() : id
    );
    return { ...event, ...(ids ? { memChangeList: ids } : {}) };
  });
  await rig.deliver(spelled);
}

async function follow(rig: Rig, externalUserId: string) {
  const rows = await rig.sql<{ row: string }[]>`
    select wx_user_id || ' ' || (deleted_at is null) as row from contact_follow
    where external_user_id = ${externalUserId} order by 1`;
  return rows.map(({ row }) => row);
}

Deno.test("a relation that an event tells in another case is not doubled, and is ended", () =>
  withInbox(async (rig, { c1 }) => {
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    await deliver(rig);
    assert.equal(await rig.later(1_500), 1, "the answer shows it: no lag");
    assert.deepEqual(await follow(rig, c1), ["d1 true", "p1 true"]);
    rig.tick(60_000);
    rig.world.staffDeletesContact({ userId: "p1", externalUserId: c1 });
    await deliver(rig);
    assert.equal(await rig.later(1_500), 1);
    assert.deepEqual(await follow(rig, c1), ["d1 true", "p1 false"]);
    assert.equal(await unsettled(rig.sql), 0);
  }));

Deno.test("who comes and goes by an event in another case is who WeCom shows, and keeps nobody waiting", () =>
  withInbox(async (rig, { c1 }) => {
    const chatId = rig.world.staffCreatesChat({
      userId: "d1",
      externalUserIds: [c1],
    });
    await deliver(rig);
    await rig.later(3_000);
    rig.world.staffAddsMembers({ chatId, userId: "d1", userIds: ["p1"] });
    await deliver(rig);
    assert.equal(await rig.later(3_000), 1, "the answer shows the arrival");
    rig.tick(60_000);
    rig.world.memberRemoved({ chatId, id: "p1" });
    await deliver(rig);
    assert.equal(await rig.later(3_000), 1, "the answer shows the departure");
    const mine = (await stays(rig.sql, chatId)).filter(([id]) =>
      String(id).toLowerCase() === "p1"
    );
    assert.deepEqual(mine.map((stay) => stay.at(-1)), ["removed"]);
    assert.equal(await unsettled(rig.sql), 0);
  }));

Deno.test("who came and went by events in two cases keeps nobody waiting", () =>
  withInbox(async (rig, { c1 }) => {
    const chatId = rig.world.staffCreatesChat({
      userId: "d1",
      externalUserIds: [c1],
    });
    await deliver(rig);
    await rig.later(3_000);
    rig.world.staffAddsMembers({ chatId, userId: "d1", userIds: ["p1"] });
    await deliver(rig);
    rig.tick(1_000);
    rig.world.memberLeaves({ chatId, id: "p1" });
    await rig.deliver(rig.events.splice(0));
    assert.equal(await rig.later(3_000), 1, "the arrival is over, not missing");
    const mine = (await stays(rig.sql, chatId)).filter(([id]) =>
      String(id).toLowerCase() === "p1"
    );
    assert.deepEqual(mine.map((stay) => stay.at(-1)), ["left"]);
  }));

Deno.test("what is told of one member in two spellings is settled together", () => {
  const subjects = ["ZhangSan", "zhangsan"].map((FromUserName) => {
    const event = readEvent({
      ToUserName: "ww",
      FromUserName,
      CreateTime: "1790000000",
      MsgType: "event",
      Event: "unsubscribe",
      AgentID: "1000002",
    }, Date.now());
    return event && subjectOf(event);
  });
  assert.deepEqual(subjects, ["member/zhangsan", "member/zhangsan"]);
});
