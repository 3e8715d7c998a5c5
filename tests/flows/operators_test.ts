/** What operators can do from the API: compare with WeCom now, revive events. */
import assert from "node:assert/strict";
import { withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

Deno.test("An operator has our record compared with WeCom now, and sees what came of it", async () => {
  const { seed, ids } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order()]);
    const none = await app.as("op").flow("sync.latest", {});
    assert.deepEqual(none.data, { run: null });
    app.sandbox.world.settings.lagMs = 0;
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName: "没有回调的群",
      userIds: ["p1"],
      externalUserIds: ids,
    });
    const { data } = await app.as("op").flow("sync.run", {});
    const run = data.run as { state: string; kind: string };
    assert.equal(run.kind, "demand");
    while (run.state === "running") {
      const seen = await app.as("op").flow("sync.latest", {});
      Object.assign(run, seen.data.run);
    }
    assert.equal(run.state, "done");
    const again = await app.as("ad").flow("sync.run", {});
    assert.equal(again.error, "RATE_LIMITED", "it costs a company's calls");
    assert.ok(Number(again.headers.get("retry-after")) > 0);
    const known = await app.services.sql`
      select name from chat where chat_id = ${chatId}`;
    assert.equal(known[0]?.name, "没有回调的群");
  });
});

Deno.test("An operator reads what could not be settled, and starts it again", async () => {
  const { seed, ids } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order()]);
    const { sql } = app.services;
    const subject = `contact/${ids[0]}`;
    const fields = { Event: "change_external_contact", ChangeType: "edit_x" };
    await sql`
      insert into inbox_event (dedupe_key, subject, fields, received_at, ready_at)
      values ('k', ${subject}, ${sql.json(fields)}, now(), now())`;
    await sql`
      insert into inbox_task (subject, due_at, attempts, last_error, died_at)
      values (${subject}, now(), 12, '-1 系统繁忙', now())`;
    const { data } = await app.as("op").flow("deadLetters.list", {});
    const [letter] = data.deadLetters as {
      taskId: string;
      lastError: string;
      events: { changeType: string }[];
    }[];
    assert.equal(letter?.lastError, "-1 系统繁忙");
    assert.equal(letter?.events[0]?.changeType, "edit_x");
    const taskId = letter?.taskId ?? "";
    const again = await app.as("op").flow("deadLetters.replay", { taskId });
    assert.equal(again.code, 1);
    await app.services.inbox.workOff();
    const left = await app.as("op").flow("deadLetters.list", {});
    assert.deepEqual(left.data.deadLetters, []);
    const twice = await app.as("op").flow("deadLetters.replay", { taskId });
    assert.equal(twice.error, "NOT_FOUND");
  });
});
