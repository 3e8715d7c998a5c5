import assert from "node:assert/strict";
import { takeCode } from "../../lib/inbox/welcome_code.ts";
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

/** How the customer came, and why the relation ended. */
async function came(rig: Rig, wxUserId: string, externalUserId: string) {
  const [row] = await rig.sql<
    { state: string | null; endedBy: string | null }[]
  >`
    select state, ended_by from contact_follow
    where wx_user_id = ${wxUserId} and external_user_id = ${externalUserId}`;
  return row && { ...row };
}

function answersWithoutState({ world }: Rig): void {
  for (const follows of world.state.follows.values()) {
    for (const follow of follows.values()) follow.state = "";
  }
}

Deno.test("the code through which a customer came stays with the relation, also where WeCom's answers leave it out", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.customerAddsStaff({
      userId: "p1",
      externalUserId: c1,
      state: "order-1",
    });
    await rig.deliver();
    answersWithoutState(rig);
    await rig.later(2_000);
    assert.equal((await came(rig, "p1", c1))?.state, "order-1");
    rig.world.staffEditsRemark({
      userId: "p1",
      externalUserId: c1,
      remark: "新备注",
    });
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await came(rig, "p1", c1))?.state, "order-1");
  });
});

Deno.test("the code of a half-added customer is kept until the member confirms", async () => {
  await withInbox(async (rig, { c1 }) => {
    const fields = {
      Event: "change_external_contact",
      UserID: "P1",
      ExternalUserID: c1,
    };
    await rig.push({
      ...fields,
      ChangeType: "add_half_external_contact",
      CreateTime: String(rig.now() / 1_000),
      State: "order-2",
    });
    for (let turn = 0; turn < 15; turn++) await rig.later(1_000);
    assert.equal(await unsettled(rig.sql), 0, "84061 until it is confirmed");
    assert.equal(await came(rig, "p1", c1), undefined);
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await came(rig, "p1", c1))?.state, "order-2");
  });
});

Deno.test("a relation that a transfer ended is told from one that the member ended", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    for (
      const [externalUserId, source] of [[c1, "DELETE_BY_TRANSFER"], [c2, ""]]
    ) {
      assert.ok(externalUserId);
      rig.world.staffEditsRemark({
        userId: "d1",
        externalUserId,
        remark: "老客户",
      });
      await rig.deliver();
      await rig.later(2_000);
      rig.world.staffDeletesContact({ userId: "d1", externalUserId });
      await rig.push({
        Event: "change_external_contact",
        ChangeType: "del_external_contact",
        CreateTime: String(rig.now() / 1_000),
        UserID: "d1",
        ExternalUserID: externalUserId,
        ...(source ? { Source: source } : {}),
      });
      await rig.later(2_000);
    }
    assert.equal((await came(rig, "d1", c1))?.endedBy, "transfer");
    assert.equal((await came(rig, "d1", c2))?.endedBy, null);
    rig.world.staffAddsContact({ userId: "d1", externalUserId: c1 });
    await rig.deliver();
    await rig.later(2_000);
    assert.equal((await came(rig, "d1", c1))?.endedBy, null);
  });
});

Deno.test("a welcome code is handed out once, within 20 s, and stands in clear nowhere", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const codeOf = () => {
      const event = rig.events.at(-1);
      const code = event && "welcomeCode" in event ? event.welcomeCode : null;
      return code ?? assert.fail("no code");
    };
    const take = (externalUserId: string) =>
      takeCode(rig.sql, rig, "P1", externalUserId);
    rig.world.staffAddsContact({ userId: "p1", externalUserId: c1 });
    const code = codeOf();
    await rig.deliver();
    const kept = JSON.stringify([
      await rig.sql`select * from inbox_event`,
      await rig.sql`select * from welcome_code`,
      rig.logs,
    ]);
    assert.ok(!kept.includes(code));
    assert.equal(await take(c2), null, "it is another customer's");
    rig.tick(19_000);
    assert.equal(await take(c1), code);
    assert.equal(await take(c1), null);

    rig.world.staffAddsContact({ userId: "p1", externalUserId: c2 });
    assert.ok(codeOf());
    await rig.deliver();
    await rig.later(5_000);
    await rig.deliver(rig.events.slice(-1));
    assert.equal(
      (await rig.sql`select 1 from welcome_code`).length,
      1,
      "an event that comes again brings no more time",
    );
    await rig.later(15_000);
    assert.equal((await rig.sql`select 1 from welcome_code`).length, 0);
    assert.equal(await take(c2), null);
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
