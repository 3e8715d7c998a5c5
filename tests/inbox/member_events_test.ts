/** Who enters and leaves the app's scope, and what WeCom tells of the app itself. */
import assert from "node:assert/strict";
import { leftScopeAt } from "../../lib/staff/scope.ts";
import { isAlarming } from "../../lib/inbox/mod.ts";
import { type Rig, START, unsettled, withInbox } from "./rig.ts";

async function followers(rig: Rig, externalUserId: string): Promise<string[]> {
  const rows = await rig.sql<{ wxUserId: string }[]>`
    select wx_user_id from contact_follow
    where external_user_id = ${externalUserId} and deleted_at is null
    order by wx_user_id`;
  return rows.map((row) => row.wxUserId);
}

/** d1 and p1 follow the customer, by the mirror too. */
async function followed(rig: Rig, externalUserId: string): Promise<void> {
  rig.world.staffAddsContact({ userId: "p1", externalUserId });
  await rig.deliver();
  await rig.later(5_000);
  assert.deepEqual(await followers(rig, externalUserId), ["d1", "p1"]);
}

async function settle(rig: Rig): Promise<void> {
  for (let turn = 0; turn < 90; turn++) {
    await rig.later(1_000);
    if (await unsettled(rig.sql) === 0) return;
  }
  assert.fail("It is never settled");
}

const told = (rig: Rig, change: string, userId: string) =>
  rig.push({
    Event: change,
    FromUserName: userId,
    CreateTime: String(rig.now() / 1_000),
    AgentID: "1000002",
  });

async function audited(rig: Rig) {
  const rows = await rig.sql<{ action: string; subject: string }[]>`
    select action, subject from audit_log where action like 'staff.%'
    order by audit_id`;
  return rows.map((row) => `${row.action} ${row.subject}`);
}

const DEPARTURES: Record<string, (rig: Rig) => void> = {
  "left the company": ({ world }) => world.staffLeaves({ userId: "p1" }),
  "left the app's scope": ({ world }) =>
    world.staffRights({ userId: "p1", visible: false }),
};

for (const [name, leave] of Object.entries(DEPARTURES)) {
  Deno.test(`the contacts of a member who ${name} are nobody's seconds later, and the ERP's word stays`, async () => {
    await withInbox(async (rig, { c1 }) => {
      await followed(rig, c1);
      await rig.sql`
        insert into staff (wx_user_id, name, role, updated_at)
        values ('p1', '老王', 'project_manager', now())`;
      leave(rig);
      await rig.deliver();
      await rig.later(2_000);
      assert.deepEqual(await followers(rig, c1), ["d1"]);
      assert.equal(
        (await leftScopeAt(rig.sql, "P1"))?.getTime(),
        START + 5_000,
      );
      const [row] = await rig.sql`select departed_at from staff`;
      assert.equal(row?.departedAt, null);
      assert.deepEqual(await audited(rig), ["staff.left_scope p1"]);
      assert.equal(await unsettled(rig.sql), 0);
    });
  });
}

Deno.test("a member who comes back is in the scope again", async () => {
  await withInbox(async (rig, { c1 }) => {
    await followed(rig, c1);
    for (const visible of [false, true]) {
      rig.world.staffRights({ userId: "p1", visible });
      await rig.deliver();
      await settle(rig);
    }
    assert.equal(await leftScopeAt(rig.sql, "p1"), null);
    assert.deepEqual(await audited(rig), [
      "staff.left_scope p1",
      "staff.entered_scope p1",
    ]);
  });
});

Deno.test("nothing of a member whom WeCom still shows is ended, whatever a push says", async () => {
  await withInbox(async (rig, { c1 }) => {
    await followed(rig, c1);
    await told(rig, "unsubscribe", "p1");
    await settle(rig);
    assert.deepEqual(await followers(rig, c1), ["d1", "p1"]);
    assert.equal(await leftScopeAt(rig.sql, "p1"), null);
    assert.deepEqual(await audited(rig), []);
  });
});

Deno.test("of leaving and coming back the last counts, in whichever order it is told", async () => {
  await withInbox(async (rig, { c1 }) => {
    await followed(rig, c1);
    rig.world.staffRights({ userId: "p1", visible: false });
    rig.tick(3_000);
    rig.world.staffRights({ userId: "p1", visible: true });
    const [left, back] = rig.events.slice(-2);
    assert.ok(left && back);
    await rig.deliver([back]);
    await rig.deliver([left]);
    await settle(rig);
    assert.equal(await leftScopeAt(rig.sql, "p1"), null);
    assert.deepEqual(await followers(rig, c1), ["d1", "p1"]);
  });
});

Deno.test("while WeCom is out of reach a departure waits, and nothing is ended", async () => {
  await withInbox(async (rig, { c1 }) => {
    await followed(rig, c1);
    const fault = {
      endpoint: "externalcontact/get_follow_user_list",
      kind: { type: "errcode", errcode: -1 },
    } as const;
    for (let turn = 0; turn < 6; turn++) rig.world.faults.add(fault);
    rig.world.staffLeaves({ userId: "p1" });
    await rig.deliver();
    await rig.later(2_000);
    assert.deepEqual(await followers(rig, c1), ["d1", "p1"]);
    assert.equal(await unsettled(rig.sql), 1);
    rig.world.faults.clear();
    await settle(rig);
    assert.deepEqual(await followers(rig, c1), ["d1"]);
  });
});

Deno.test("a member who left and one who comes are two events, though they agree in all but the sender", async () => {
  await withInbox(async (rig) => {
    assert.equal(await told(rig, "subscribe", "d1"), true);
    assert.equal(await told(rig, "subscribe", "p1"), true);
    assert.equal(await told(rig, "subscribe", "p1"), false);
  });
});

const LIFE: [event: string, alarming: boolean][] = [
  ["inactive_alert", true],
  ["close_inactive_agent", true],
  ["reopen_inactive_agent", false],
  ["low_active_alert", true],
  ["low_active", true],
  ["active_restored", false],
];

for (const [event, alarming] of LIFE) {
  Deno.test(`${event} is kept as the last word on the app, and is ${alarming ? "" : "no "}reason to look`, async () => {
    await withInbox(async (rig) => {
      assert.equal(await rig.inbox.appLife(), null);
      const at = START / 1_000;
      const effect = at + 86_400;
      await rig.push({
        Event: event,
        FromUserName: "sys",
        CreateTime: String(at),
        EffectTime: String(effect),
        AgentID: "1000002",
      });
      assert.equal(await rig.later(0), 1);
      // An older word that comes late changes nothing.
      await rig.push({
        Event: "low_active_alert",
        FromUserName: "sys",
        CreateTime: String(at - 60),
      });
      await rig.later(0);
      const life = await rig.inbox.appLife();
      assert.ok(life);
      assert.deepEqual(life, {
        event,
        effectAt: new Date(effect * 1_000),
        toldAt: new Date(START),
      });
      assert.equal(isAlarming(life), alarming);
      const lines = rig.logs.filter((line) => line.event === "wecom.app_life");
      assert.equal(lines[0]?.level, alarming ? "warn" : "info");
    });
  });
}
