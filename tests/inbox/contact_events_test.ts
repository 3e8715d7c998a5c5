import assert from "node:assert/strict";
import { type Rig, unsettled, withInbox } from "./rig.ts";

async function follow(rig: Rig, wxUserId: string, externalUserId: string) {
  const [row] = await rig.sql<
    { remark: string; deletedAt: Date | null; phones: number }[]
  >`
    select remark, deleted_at, (select count(*)::int from contact_phone p
      where p.wx_user_id = f.wx_user_id
        and p.external_user_id = f.external_user_id) as phones
    from contact_follow f
    where wx_user_id = ${wxUserId} and external_user_id = ${externalUserId}`;
  return row && { ...row, deletedAt: row.deletedAt !== null };
}

const gets = (rig: Rig) => rig.world.calls.count("externalcontact/get");

Deno.test("a customer added a moment ago is in the mirror with the number", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.staffAddsContact({
      userId: "p1",
      externalUserId: c1,
      remark: "王女士 3栋",
      remarkMobiles: ["138 0000 0001"],
    });
    await rig.deliver();
    assert.equal(await rig.later(500), 0, "two events may share its second");
    assert.equal(await rig.later(600), 1);
    assert.deepEqual(await follow(rig, "p1", c1), {
      remark: "王女士 3栋",
      deletedAt: false,
      phones: 1,
    });
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("the welcome code is kept nowhere", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    await rig.deliver();
    const [event] = rig.events;
    const code = event && "welcomeCode" in event ? event.welcomeCode : null;
    assert.ok(code);
    const rows = await rig.sql`select fields::text as text from inbox_event`;
    assert.equal(rows.length, 1);
    assert.ok(!JSON.stringify(rows).includes(code));
    await rig.later(2_000);
    assert.ok(!JSON.stringify(rig.logs).includes(code));
  });
});

Deno.test("adding, editing and deleting in any order end as WeCom has it, with one call", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    rig.tick(1000);
    rig.world.staffEditsRemark({
      userId: "p1",
      externalUserId: c1,
      remark: "新备注",
    });
    rig.tick(1000);
    rig.world.staffDeletesContact({ userId: "p1", externalUserId: c1 });
    rig.tick(1000);
    rig.world.staffDeletesContact({ userId: "d1", externalUserId: c2 });
    rig.tick(1000);
    rig.world.staffAddsContact({ userId: "d1", externalUserId: c2 });
    await rig.deliver(rig.events.toReversed());
    assert.equal(await rig.later(1_500), 2);
    assert.equal(gets(rig), 2);
    assert.equal(await follow(rig, "p1", c1), undefined);
    assert.equal((await follow(rig, "d1", c1))?.deletedAt, false);
    assert.equal((await follow(rig, "d1", c2))?.deletedAt, false);
  });
});

Deno.test("a deleted contact loses its numbers and keeps its row", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.staffAddsContact({
      userId: "p1",
      externalUserId: c1,
      remarkMobiles: ["13800000001"],
    });
    await rig.deliver();
    await rig.later(2_000);
    rig.world.staffDeletesContact({ userId: "p1", externalUserId: c1 });
    rig.world.staffDeletesContact({ userId: "d1", externalUserId: c1 });
    await rig.deliver();
    assert.equal(await rig.later(2_000), 1, "84061 to the reading");
    const row = await follow(rig, "p1", c1);
    assert.deepEqual([row?.deletedAt, row?.phones], [true, 0]);
  });
});

Deno.test("a deletion that WeCom does not confirm is not believed", async () => {
  await withInbox(async (rig, { c1 }) => {
    const event = {
      event: "change_external_contact",
      changeType: "del_external_contact",
      userId: "d1",
      externalUserId: c1,
      createTime: Math.floor(rig.now() / 1000),
    } as const;
    await rig.deliver([event]);
    assert.equal(await rig.later(2_000), 0, "it may lag: asked again");
    for (let turn = 0; turn < 8; turn++) await rig.later(15_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.equal((await follow(rig, "d1", c1))?.deletedAt, false);
  });
});

Deno.test("a customer who deletes the member stays a contact, one-way", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.customerDeletesStaff({ userId: "d1", externalUserId: c1 });
    await rig.deliver();
    assert.equal(await rig.later(2_000), 1);
    assert.equal((await follow(rig, "d1", c1))?.deletedAt, false);
  });
});

Deno.test("a failed transfer is written down once, however often it comes", async () => {
  await withInbox(async (rig, { c1 }) => {
    const fields = {
      Event: "change_external_contact",
      ChangeType: "transfer_fail",
      CreateTime: String(Math.floor(rig.now() / 1000)),
      UserID: "p1",
      ExternalUserID: c1,
      FailReason: "customer_refused",
    };
    assert.equal(await rig.push(fields), true);
    assert.equal(await rig.push(fields), false);
    await rig.later(2_000);
    assert.equal(await rig.push(fields), false);
    await rig.later(2_000);
    const rows = await rig.sql`
      select actor, subject, outcome, detail from audit_log
      where action = 'contact.transfer_failed'`;
    assert.deepEqual([...rows], [{
      actor: "wecom",
      subject: c1,
      outcome: "failed",
      detail: { wxUserId: "p1", reason: "customer_refused" },
    }]);
  });
});

Deno.test("a customer whom the member has not added back yet does not hold up what colleagues note down", async () => {
  await withInbox(async (rig, { c1 }) => {
    const fields = {
      Event: "change_external_contact",
      ChangeType: "add_half_external_contact",
      CreateTime: String(Math.floor(rig.now() / 1000)),
      UserID: "p1",
      ExternalUserID: c1,
    };
    await rig.push(fields);
    rig.world.staffEditsRemark({
      userId: "d1",
      externalUserId: c1,
      remark: "3栋",
    });
    await rig.deliver();
    for (let turn = 0; turn < 15; turn++) await rig.later(1_000);
    assert.equal((await follow(rig, "d1", c1))?.remark, "3栋");
    assert.equal(await follow(rig, "p1", c1), undefined);
    assert.equal(await unsettled(rig.sql), 0);
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await follow(rig, "p1", c1))?.deletedAt, false);
  });
});

for (const errcode of [84061, 40096]) {
  Deno.test(`a contact of whom WeCom says ${errcode} has lost the member of the event, and nobody else`, async () => {
    await withInbox(async (rig, { c1 }) => {
      for (const userId of ["d1", "p1"]) {
        rig.world.staffAddsContact({ userId, externalUserId: c1 });
        rig.world.staffEditsRemark({
          userId,
          externalUserId: c1,
          remark: userId,
        });
      }
      await rig.deliver();
      await rig.later(2_000);
      rig.world.faults.add({
        endpoint: "externalcontact/get",
        kind: { type: "errcode", errcode },
      });
      rig.world.staffDeletesContact({ userId: "p1", externalUserId: c1 });
      await rig.deliver();
      assert.equal(await rig.later(2_000), 1);
      assert.equal((await follow(rig, "p1", c1))?.deletedAt, true);
      assert.equal((await follow(rig, "d1", c1))?.deletedAt, false);
      assert.deepEqual(await rig.inbox.listDead(), []);
    });
  });
}
