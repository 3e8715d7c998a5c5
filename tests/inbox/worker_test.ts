import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import { MOST_ATTEMPTS } from "../../lib/inbox/worker.ts";
import { createTaskQueue } from "../../lib/inbox/task_queue.ts";
import { type Rig, unsettled, withInbox } from "./rig.ts";

const HOUR = 60 * 60_000;
const gets = (rig: Rig) =>
  rig.world.calls.count("externalcontact/groupchat/get");

function create(rig: Rig, customer: string, name = "客户群"): string {
  return rig.world.staffCreatesChat({
    userId: "d1",
    groupName: name,
    externalUserIds: [customer],
  });
}

async function untilDead(rig: Rig): Promise<void> {
  for (let turn = 0; turn < MOST_ATTEMPTS; turn++) await rig.later(2 * HOUR);
}

Deno.test("a burst of changes in one group costs one reading", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    for (let turn = 0; turn < 40; turn++) {
      rig.world.chatRenamed({ chatId, name: `第 ${turn} 次` });
      rig.tick(20);
    }
    assert.equal(await rig.deliver(), 2, "one second holds one change of name");
    await rig.later(2_000);
    assert.equal(gets(rig), 1);
    assert.equal((await findChat(rig.sql, chatId))?.name, "第 39 次");
  });
});

Deno.test("what came while a group was being read is read later", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    rig.tick(1_500);
    rig.world.chatRenamed({ chatId, name: "后来的" });
    await rig.deliver();
    await rig.later(600);
    assert.equal(await unsettled(rig.sql), 1);
    await rig.later(1_500);
    assert.equal(gets(rig), 2);
    assert.equal((await findChat(rig.sql, chatId))?.name, "后来的");
  });
});

Deno.test("what cannot be read comes again later and later, then is a dead letter that can be replayed", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    rig.world.settings.appCanContact = false;
    await rig.later(3_000);
    await rig.later(1_000);
    assert.equal(gets(rig), 1, "not at once");
    await untilDead(rig);
    assert.equal(gets(rig), MOST_ATTEMPTS);
    const [letter, ...others] = await rig.inbox.listDead();
    assert.ok(letter && others.length === 0);
    assert.equal(letter.subject, `chat/${chatId}`);
    assert.match(letter.lastError, /48002/);
    assert.equal(letter.events[0]?.fields.ChangeType, "create");
    await rig.later(24 * HOUR);
    assert.equal(gets(rig), MOST_ATTEMPTS, "nobody tries any more");

    rig.world.settings.appCanContact = true;
    assert.equal(await rig.inbox.replay(letter.taskId), true);
    assert.equal(await rig.inbox.replay(letter.taskId), false);
    assert.equal(await rig.inbox.replay("no such"), false);
    // Started by the replay itself.
    while (await unsettled(rig.sql) > 0) {
      await new Promise((done) => setTimeout(done, 10));
    }
    assert.ok(await findChat(rig.sql, chatId));
    assert.deepEqual(await rig.inbox.listDead(), []);
  });
});

Deno.test("the next event of a dead group brings it back with all that waited", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    rig.world.settings.appCanContact = false;
    await untilDead(rig);
    rig.world.settings.appCanContact = true;
    rig.world.chatRenamed({ chatId, name: "新名字" });
    await rig.deliver();
    await rig.later(10_000);
    assert.equal((await findChat(rig.sql, chatId))?.name, "新名字");
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("WeCom out of reach is not asked for every group in turn", async () => {
  await withInbox(async (rig, { c1 }) => {
    for (let turn = 0; turn < 30; turn++) create(rig, c1, `群 ${turn}`);
    await rig.deliver();
    rig.world.down = true;
    await rig.later(3_000);
    await rig.later(100);
    const [row] = await rig.sql<{ tried: number }[]>`
      select count(*)::int as tried from inbox_task where attempts > 0`;
    assert.equal(row?.tried, 6);
    rig.world.down = false;
    for (let turn = 0; turn < 4; turn++) await rig.later(30_000);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("answers that lag are no failures: an outage after them is waited out from the beginning", async () => {
  await withInbox(async (rig, { c1 }) => {
    rig.world.settings.lagMs = 58_000;
    const chatId = create(rig, c1);
    await rig.deliver();
    for (let turn = 0; turn < 55; turn++) await rig.later(1_000);
    rig.world.down = true;
    for (let turn = 0; turn < 8; turn++) await rig.later(1_000);
    rig.world.down = false;
    for (let turn = 0; turn < 20; turn++) await rig.later(1_000);
    assert.ok(await findChat(rig.sql, chatId));
    assert.deepEqual(await rig.inbox.listDead(), []);
  });
});

Deno.test("a failed reading tells others that the mirror is behind", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    await rig.later(3_000);
    assert.equal((await findChat(rig.sql, chatId))?.announced, null);
    rig.world.chatRenamed({ chatId, name: "新名字" });
    await rig.deliver();
    rig.world.settings.appCanContact = false;
    await rig.later(3_000);
    assert.ok((await findChat(rig.sql, chatId))?.announced);
    rig.world.settings.appCanContact = true;
    await rig.later(30_000);
    assert.equal((await findChat(rig.sql, chatId))?.announced, null);
  });
});

Deno.test("several instances settle each event once", async () => {
  await withInbox(async (rig, { c1 }) => {
    for (let turn = 0; turn < 40; turn++) {
      const at = Math.floor(rig.now() / 1000) + turn;
      await rig.push({
        Event: "change_external_contact",
        ChangeType: "transfer_fail",
        CreateTime: String(at),
        UserID: "p1",
        ExternalUserID: `${c1.slice(0, -2)}${10 + turn % 8}`,
      });
    }
    const [one, two] = [rig.another(), rig.another()];
    rig.tick(2_000);
    await Promise.all([rig.inbox.workOff(), one.workOff(), two.workOff()]);
    assert.equal(await unsettled(rig.sql), 0);
    const rows = await rig.sql`
      select 1 from audit_log where action = 'contact.transfer_failed'`;
    assert.equal(rows.length, 40);
  });
});

Deno.test("a worker that was thought dead cannot write over its successor", async () => {
  await withInbox(async (rig, { c1 }) => {
    create(rig, c1);
    await rig.deliver();
    rig.tick(3_000);
    const queue = createTaskQueue({
      sql: rig.sql,
      now: rig.now,
      uuid: () => crypto.randomUUID(),
    });
    const [slow] = await queue.claim(5);
    assert.ok(slow);
    assert.equal(await rig.later(1_000), 0, "it is leased");
    rig.tick(60_000);
    const [heir] = await queue.claim(5);
    assert.ok(heir);
    let written = 0;
    const write = () => Promise.resolve(void written++);
    assert.equal(await queue.settle(slow, write), false);
    await queue.postpone(slow, rig.now() + HOUR, "late");
    assert.equal(await queue.settle(heir, write), true);
    assert.equal(written, 1);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("processes that die at work, however often, make no dead letter", async () => {
  await withInbox(async (rig, { c1 }) => {
    create(rig, c1);
    await rig.deliver();
    const queue = createTaskQueue({
      sql: rig.sql,
      now: rig.now,
      uuid: () => crypto.randomUUID(),
    });
    for (let turn = 0; turn < 2 * MOST_ATTEMPTS; turn++) {
      rig.tick(10 * 60_000);
      const [claimed] = await queue.claim(5);
      assert.equal(claimed?.attempts, 1);
    }
    rig.tick(10 * 60_000);
    await rig.later(3_000);
    assert.equal(await unsettled(rig.sql), 0);
    assert.deepEqual(await rig.inbox.listDead(), []);
  });
});

Deno.test("an event that this program cannot read is kept for one that can", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    await rig.sql`
      update inbox_event set fields = fields - 'ChatId'
        || '{"NewChatId": "wr1"}'`;
    await rig.later(3_000);
    await rig.later(10_000);
    assert.equal(await unsettled(rig.sql), 1);
    await untilDead(rig);
    const [letter] = await rig.inbox.listDead();
    assert.equal(letter?.subject, `chat/${chatId}`);
    assert.equal(letter?.events.length, 1);
  });
});

Deno.test("an instance that freezes while it settles holds the group for some seconds only", async () => {
  await withInbox(async (rig, { c1 }) => {
    create(rig, c1);
    await rig.deliver();
    rig.tick(3_000);
    const queue = createTaskQueue({
      sql: rig.sql,
      now: rig.now,
      uuid: () => crypto.randomUUID(),
    });
    const [task] = await queue.claim(1);
    assert.ok(task);
    const idle = "idle_in_transaction_session_timeout";
    const current = () => rig.sql`select current_setting(${idle}) as ms`;
    const [before] = await current();
    await queue.settle(task, async (sql) => {
      const [row] = await sql`select current_setting(${idle}) as ms`;
      assert.equal(row?.ms, "10s");
    });
    const [after] = await current();
    assert.equal(after?.ms, before?.ms, "it is not the connection's");
  });
});

Deno.test("when writing fails nothing of it stays and it comes again", async () => {
  await withInbox(async (rig, { c1 }) => {
    const chatId = create(rig, c1);
    await rig.deliver();
    await rig.sql`alter table chat_member rename to chat_member_away`;
    await rig.later(3_000);
    assert.equal(await findChat(rig.sql, chatId), null);
    assert.equal(await unsettled(rig.sql), 1);
    await rig.sql`alter table chat_member_away rename to chat_member`;
    await rig.later(30_000);
    assert.ok(await findChat(rig.sql, chatId));
  });
});

Deno.test("settled events are kept for 30 days, unsettled ones for good", async () => {
  await withInbox(async (rig, { c1 }) => {
    create(rig, c1);
    await rig.deliver();
    await rig.later(3_000);
    rig.world.settings.appCanContact = false;
    create(rig, c1, "读不到的");
    await rig.deliver();
    await untilDead(rig);
    assert.equal(await rig.inbox.prune(), 0);
    rig.tick(31 * 24 * HOUR);
    assert.equal(await rig.inbox.prune(), 1);
    assert.equal((await rig.inbox.listDead()).length, 1);
  });
});
