/**
 * The nightly run against companies that changed while no callback came: what
 * it reads, what it must not call dismissed, and how it is resumed.
 */
import assert from "node:assert/strict";
import { resumeReconcile } from "../../lib/schedule.ts";
import type { RunReport } from "../../lib/reconcile/run_report.ts";
import { createRunClaims } from "../../lib/reconcile/run_claims.ts";
import { grown, pushStaff, shortPages } from "./grown.ts";
import { type Company, DAY, MINUTE, withCompany } from "./support.ts";

const LIST = "externalcontact/groupchat/list";
const GET = "externalcontact/groupchat/get";

async function run({ services }: Company): Promise<RunReport> {
  const report = await services.reconciler.run("demand");
  assert.ok(report);
  return report;
}

function chatsOf({ sandbox }: Company, owner: string): string[] {
  return [...sandbox.world.state.chats.values()]
    .filter((chat) => chat.owner === owner).map((chat) => chat.chatId);
}

async function chatRow(
  { services }: Company,
  chatId: string | undefined,
): Promise<{ owner: string; ownerStatus: string; dismissedAt: Date | null }> {
  const [row] = await services.sql<
    { owner: string; ownerStatus: string; dismissedAt: Date | null }[]
  >`
    select owner, owner_status, dismissed_at from chat
    where chat_id = ${chatId ?? ""}`;
  assert.ok(row);
  return row;
}

Deno.test("unchanged groups are read once, then a seventh a night by turns, each within a week", async () => {
  await withCompany(grown(7, 10), async (company) => {
    const { services, clock } = company;
    await pushStaff(company);
    const first = await run(company);
    assert.equal(first.state, "done");
    assert.equal(first.counts.listed, 70);
    assert.equal(first.counts.added, 70);
    let fetched = 0;
    for (let night = 1; night <= 7; night++) {
      clock.now += DAY;
      const { counts, calls } = await run(company);
      assert.equal(counts.fetched, counts.unchanged);
      assert.ok(counts.fetched < 30, `${counts.fetched} in night ${night}`);
      assert.equal(calls[LIST], 1);
      fetched += counts.fetched;
    }
    assert.equal(fetched, 70);
    const [row] = await services.sql<{ count: number }[]>`
      select count(*)::int as count from reconcile_seen`;
    assert.equal(row?.count, 0, "what a run has seen is forgotten with it");
  });
});

Deno.test("a group of which somebody is known from an event alone is read the next night, once", async () => {
  await withCompany(grown(2, 3), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    await run(company);
    const [chatId = ""] = chatsOf(company, "d0001");
    await sql`update chat set members_told = true where chat_id = ${chatId}`;
    for (const fetched of [1, 0]) {
      clock.now += MINUTE;
      assert.equal((await run(company)).counts.fetched, fetched);
    }
  });
});

Deno.test("each group is read within seven nights, though runs begin now before midnight, now after it", async () => {
  await withCompany(grown(7, 10), async (company) => {
    const { services: { sql }, clock } = company;
    await pushStaff(company);
    const midnight = Math.ceil(clock.now / DAY) * DAY;
    const late = 10 * MINUTE;
    const begun: Date[] = [];
    const fetched: number[] = [];
    for (let night = 0; night < 22; night++) {
      clock.now = midnight + night * DAY + (night % 2 === 0 ? -late : late);
      const report = await run(company);
      begun.push(report.startedAt);
      fetched.push(report.counts.fetched);
      const since = begun.at(-7) ?? new Date(0);
      const [old] = await sql<{ n: number }[]>`
        select count(*)::int as n
        from chat left join chat_confirmed confirmed using (chat_id)
        where greatest(synced_at, confirmed_at) < ${since}`;
      if (night >= 7) assert.equal(old?.n, 0, `night ${night}`);
    }
    // And not at the price of reading all of them each night.
    const sum = fetched.slice(1).reduce((sum, n) => sum + n, 0);
    assert.ok(sum / 21 < 70 / 4, `${fetched}`);
  });
});

Deno.test("a group dissolved, handed on or left by its owner is told apart, though no callback came", async () => {
  await withCompany(grown(4, 2), async (company) => {
    const { sandbox, clock } = company;
    await pushStaff(company);
    await run(company);
    const [dissolved] = chatsOf(company, "d0001");
    const [handedOn] = chatsOf(company, "d0002");
    const orphaned = chatsOf(company, "d0003");
    const { world } = sandbox;
    world.chatDismissed({ chatId: dissolved ?? "" });
    world.staffAddsMembers({
      chatId: handedOn ?? "",
      userId: "d0002",
      userIds: ["d0001"],
    });
    world.ownerChanged({ chatId: handedOn ?? "", owner: "d0001" });
    world.staffLeaves({ userId: "d0003" });
    clock.now += MINUTE;
    const left = await run(company);
    assert.equal(left.counts.dismissed, 1);
    assert.notEqual((await chatRow(company, dissolved)).dismissedAt, null);
    for (const chatId of orphaned) {
      const row = await chatRow(company, chatId);
      assert.deepEqual([row.ownerStatus, row.dismissedAt], [
        "owner_left",
        null,
      ]);
    }
    world.run("apiTransfer", {
      chatIds: orphaned,
      newOwner: "d0004",
      onJob: false,
    });
    clock.now += MINUTE;
    await run(company);
    const inherited = await chatRow(company, orphaned[0]);
    assert.deepEqual(
      [inherited.owner, inherited.ownerStatus, inherited.dismissedAt],
      ["d0004", "transferred", null],
    );
  });
});

Deno.test("a group handed to an owner who is not listed with the old one is no dismissed group", async () => {
  await withCompany(grown(2, 2), async (company) => {
    const { sandbox, clock } = company;
    await pushStaff(company);
    await run(company);
    const [chatId = ""] = chatsOf(company, "d0001");
    sandbox.world.staffJoins({ userId: "boss", name: "老板" });
    sandbox.world.staffAddsMembers({
      chatId,
      userId: "d0001",
      userIds: ["boss"],
    });
    sandbox.world.ownerChanged({ chatId, owner: "boss" });
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.counts.dismissed, 0);
    const row = await chatRow(company, chatId);
    assert.deepEqual([row.owner, row.dismissedAt], ["boss", null]);
  });
});

Deno.test("a group handed to an owner whom we may not see is no dismissed group, if an event told of it", async () => {
  await withCompany(grown(2, 2), async (company) => {
    const { sandbox, services, clock } = company;
    await pushStaff(company);
    await run(company);
    const [chatId = ""] = chatsOf(company, "d0001");
    const { world } = sandbox;
    world.settings.lagMs = 0;
    world.staffJoins({ userId: "boss", name: "老板" });
    world.staffRights({ userId: "boss", visible: false });
    world.staffAddsMembers({ chatId, userId: "d0001", userIds: ["boss"] });
    world.ownerChanged({ chatId, owner: "boss" });
    clock.now += MINUTE;
    const { store, workOff } = services.inbox;
    await store({
      Event: "change_external_chat",
      ChangeType: "update",
      UpdateDetail: "change_owner",
      ChatId: chatId,
    }, {
      kind: "chat",
      change: "update",
      detail: "change_owner",
      at: clock.now,
      chatId,
      membership: "same",
      memberCount: null,
      memberIds: [],
      joinScene: "unknown",
      quitScene: null,
      lastMemberVersion: null,
      memberVersion: null,
    });
    clock.now += 5 * MINUTE;
    await workOff();
    for (let night = 0; night < 8; night++) {
      const report = await run(company);
      assert.equal(report.counts.dismissed, 0);
      clock.now += DAY;
    }
    assert.equal((await chatRow(company, chatId)).dismissedAt, null);
    world.staffRights({ userId: "boss", visible: true });
    await services.staff.upsert({
      staff: [{ wxUserId: "boss", name: "老板", role: "designer" }],
    });
    clock.now += 8 * DAY;
    await run(company);
    assert.equal((await chatRow(company, chatId)).owner, "boss");
  });
});

Deno.test("one owner whom WeCom refuses spoils neither the others' listing nor the own groups", async () => {
  await withCompany(grown(130, 1), async (company) => {
    const { sandbox, clock } = company;
    await pushStaff(company);
    await run(company);
    // Out of the app's scope: listing fails with 60011, reading with 40050.
    sandbox.world.staffRights({ userId: "d0042", visible: false });
    const [lost] = chatsOf(company, "d0007");
    sandbox.world.chatDismissed({ chatId: lost ?? "" });
    clock.now += DAY;
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.listed, 128);
    assert.equal(report.counts.dismissed, 1);
    assert.equal(report.errors[`${LIST} 60011`], 1);
    const [hidden] = chatsOf(company, "d0042");
    assert.equal((await chatRow(company, hidden)).dismissedAt, null);
  });
});

Deno.test("a whole owner's groups that WeCom will not show keep no night from its end, and are asked for by turns", async () => {
  await withCompany(grown(2, 30), async (company) => {
    const { sandbox, services, clock } = company;
    await pushStaff(company);
    await run(company);
    sandbox.world.staffRights({ userId: "d0002", visible: false });
    // A week without a run: all of them are due at once.
    clock.now += 9 * DAY;
    const first = await run(company);
    assert.equal(first.state, "done");
    assert.equal(first.errors[`${GET} 40050`], 30);
    assert.equal(first.counts.unchanged, 30);
    assert.equal(first.counts.dismissed, 0);
    assert.equal(
      first.counts.people,
      1,
      "the rest of the night's work is done",
    );
    await services.sql`update chat set announced = nextval('reading')
      where owner = 'd0002'`;
    let refused = 0;
    for (let night = 1; night <= 7; night++) {
      clock.now += DAY;
      const { state, counts, errors } = await run(company);
      assert.equal(state, "done");
      assert.ok(counts.fetched < 25, `${counts.fetched} in night ${night}`);
      refused += errors[`${GET} 40050`] ?? 0;
    }
    assert.equal(refused, 30, "each once a week");
    sandbox.world.staffRights({ userId: "d0002", visible: true });
    for (let night = 1; night <= 7; night++) {
      clock.now += DAY;
      assert.deepEqual((await run(company)).errors, {});
    }
    const [row] = await services.sql<{ count: number }[]>`
      select count(*)::int as count from chat where refused_at is not null`;
    assert.equal(row?.count, 0);
  });
});

Deno.test("ten groups in a row without an answer cut the run", async () => {
  await withCompany(grown(2, 10), async (company) => {
    const { sandbox, clock } = company;
    await pushStaff(company);
    const mend = sandbox.world.faults.add({
      endpoint: GET,
      kind: { type: "http", status: 404 },
    });
    const cut = await run(company);
    assert.equal(cut.state, "cut");
    assert.ok(cut.counts.fetched < 14);
    mend();
    clock.now += MINUTE;
    const done = await run(company);
    assert.equal(done.runId, cut.runId);
    assert.equal(done.counts.added, 20);
  });
});

Deno.test("the groups of somebody who resigned before we ever looked are found, members without rights are no error", async () => {
  await withCompany(grown(6, 2), async (company) => {
    const { sandbox, clock } = company;
    await pushStaff(company);
    sandbox.world.staffLeaves({ userId: "d0002" });
    sandbox.world.staffRights({ userId: "d0005", visible: false });
    clock.now += MINUTE;
    const report = await run(company);
    assert.equal(report.counts.added, 10);
    assert.deepEqual(report.errors, {});
    const [orphaned] = chatsOf(company, "d0002");
    assert.equal((await chatRow(company, orphaned)).ownerStatus, "owner_left");
  });
});

Deno.test("a listing that breaks off dismisses nothing; the next run goes on from its cursor", async () => {
  await withCompany(grown(2, 6), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    shortPages(company);
    const { world } = sandbox;
    // 12 groups are two pages; the second one fails.
    let lists = 0;
    const api = sandbox.api;
    Object.assign(sandbox, {
      api(request: Request) {
        if (request.url.includes(LIST) && ++lists === 2) {
          world.faults.add({
            endpoint: LIST,
            kind: { type: "errcode", errcode: 45009 },
            times: 1,
          });
        }
        return api(request);
      },
    });
    await services.sql`
      insert into chat ${
      services.sql({
        chatId: chatsOf(company, "d0002")[5] ?? "",
        name: "1",
        owner: "d0002",
        createdAt: new Date(clock.now - DAY),
        syncedAt: new Date(clock.now - MINUTE),
      })
    }`;
    const cut = await run(company);
    assert.equal(cut.state, "cut");
    assert.equal(cut.endedAt, null);
    assert.equal(cut.errors[`${LIST} 45009`], 1);
    assert.equal(world.calls.count(GET), 0);
    clock.now += 2 * MINUTE;
    const done = await run(company);
    assert.equal(done.runId, cut.runId);
    assert.equal(done.state, "done");
    assert.equal(lists, 3, "the first page is not asked for again");
    assert.equal(done.counts.listed, 12);
    assert.equal(done.counts.dismissed, 0);
  });
});

Deno.test("one run at a time over all instances, and a killed one is taken up after its claim", async () => {
  await withCompany(grown(3, 2), async (company) => {
    const { services, sandbox, clock, another } = company;
    await pushStaff(company);
    const second = await another();
    sandbox.world.settings.latencyMs = 20;
    const both = await Promise.all([
      services.reconciler.run("demand"),
      second.reconciler.run("demand"),
    ]);
    assert.equal(both.filter((report) => report !== null).length, 1);
    assert.equal(sandbox.world.calls.count(GET), 6);

    // A worker that claims and is never heard of again.
    const dead = await createRunClaims({
      sql: services.sql,
      now: () => clock.now,
      uuid: () => "dead",
    }).claim("nightly");
    assert.ok(dead);
    assert.equal(await second.reconciler.run("demand"), null);
    clock.now += 61_000;
    const report = await second.reconciler.run("demand");
    assert.equal(report?.runId, dead.runId);
    assert.equal(report?.state, "done");
    await assert.rejects(dead.hold(), { name: "Superseded" });
    await assert.rejects(dead.finish("done"), { name: "Superseded" });
  });
});

Deno.test("the clock goes on with a run whose worker was killed, and begins none by itself", async () => {
  await withCompany(grown(3, 2), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    await resumeReconcile.run(services);
    assert.equal(await services.reconciler.latest(), null);
    const dead = await createRunClaims({
      sql: services.sql,
      now: () => clock.now,
      uuid: () => "dead",
    }).claim("nightly");
    await resumeReconcile.run(services);
    assert.equal((await services.reconciler.latest())?.state, "running");
    clock.now += 61_000;
    await resumeReconcile.run(services);
    const done = await services.reconciler.latest();
    assert.deepEqual(
      [done?.runId, done?.kind, done?.state, done?.counts.added],
      [
        dead?.runId,
        "nightly",
        "done",
        6,
      ],
    );
    // One that WeCom stopped has its pause.
    sandbox.world.faults.add({
      endpoint: LIST,
      kind: { type: "errcode", errcode: 45009 },
      times: 1,
    });
    const cut = await run(company);
    assert.equal(cut.state, "cut");
    clock.now += 5 * MINUTE;
    sandbox.world.calls.reset();
    await resumeReconcile.run(services);
    assert.equal(sandbox.world.calls.count(), 0);
    clock.now += 11 * MINUTE;
    await resumeReconcile.run(services);
    const ended = await services.reconciler.latest();
    assert.deepEqual([ended?.runId, ended?.state], [cut.runId, "done"]);
  });
});

Deno.test("an instance that shuts down leaves its run to the next one, groups already read are not read again", async () => {
  await withCompany(grown(2, 30), async (company) => {
    const { services, sandbox, another } = company;
    await pushStaff(company);
    sandbox.world.settings.latencyMs = 15;
    const running = services.reconciler.run("nightly");
    while (sandbox.world.calls.count(GET) < 8) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await services.reconciler.close();
    const cut = await running;
    assert.equal(cut?.state, "cut");
    const next = await (await another()).reconciler.run("nightly");
    assert.equal(next?.runId, cut?.runId);
    assert.equal(next?.state, "done");
    assert.equal(next?.counts.added, 60);
    // Calls that were under way at the cut are the only ones made twice.
    assert.ok(sandbox.world.calls.count(GET) <= 64);
  });
});

Deno.test("without the right to customer contact the run fails by name and is not taken up again", async () => {
  await withCompany(grown(1, 1), async (company) => {
    const { sandbox } = company;
    await pushStaff(company);
    sandbox.world.settings.appCanContact = false;
    const failed = await run(company);
    assert.equal(failed.state, "failed");
    assert.deepEqual(failed.errors, {
      "externalcontact/get_follow_user_list 48002": 1,
    });
    sandbox.world.settings.appCanContact = true;
    const next = await run(company);
    assert.notEqual(next.runId, failed.runId);
    assert.equal(next.state, "done");
  });
});

Deno.test("one group that cannot be read is counted and does not keep the others", async () => {
  await withCompany(grown(2, 5), async (company) => {
    const { sandbox } = company;
    await pushStaff(company);
    sandbox.world.faults.add({
      endpoint: GET,
      kind: { type: "garbage" },
      times: 1,
    });
    const report = await run(company);
    assert.equal(report.state, "done");
    assert.equal(report.counts.added, 9);
    assert.equal(report.errors[`${GET} garbage`], 1);
    const again = await run(company);
    assert.equal(again.counts.added, 1);
  });
});

Deno.test("contacts are read for who was read longest ago, and whom WeCom refuses keeps nobody else", async () => {
  await withCompany(grown(3, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    await services.contactSync.refresh("d0002");
    sandbox.world.staffRights({ userId: "d0003", canContact: false });
    const report = await run(company);
    assert.equal(report.counts.people, 1, "d0002 was read a moment ago");
    assert.ok((await services.contactSync.state("d0001")).completedAt);
    clock.now += DAY;
    assert.equal((await run(company)).counts.people, 2);
  });
});

Deno.test("a run that nobody went on with for hours is closed, and a new one begins", async () => {
  await withCompany(grown(2, 2), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    sandbox.world.faults.add({
      endpoint: GET,
      kind: { type: "errcode", errcode: 45009 },
      times: 4,
    });
    const cut = await run(company);
    assert.equal(cut.state, "cut");
    clock.now += 7 * 60 * MINUTE;
    const next = await run(company);
    assert.notEqual(next.runId, cut.runId);
    assert.equal(next.state, "done");
    const [left] = await services.sql<{ count: number }[]>`
      select (select count(*) from reconcile_seen)::int +
        (select count(*) from reconcile_slice)::int as count`;
    assert.equal(left?.count, 0);
  });
});
