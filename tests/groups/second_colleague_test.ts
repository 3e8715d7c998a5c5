/**
 * One colleague and one customer may end in a one-to-one chat: who joins as the
 * second colleague, who says so, and what becomes of a creation without one.
 */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const WIFE = "13900002222";

interface Scene {
  app: TestApp;
  who: readonly string[];
  clock: { now: number };
}

async function company(
  over: Record<string, unknown>,
  fn: (scene: Scene) => Promise<void>,
): Promise<void> {
  const clock = { now: Date.now() };
  const { seed, ids: who } = world([
    { of: "d1", name: "王", remarkMobiles: [PHONE] },
    { of: "d1", name: "李", remarkMobiles: [WIFE] },
    { of: "op", name: "王", remarkMobiles: [PHONE] },
  ]);
  await withApp({ seed, now: () => clock.now }, async (app) => {
    await pushAll(app, [order({ projectManagerWxUserId: null, ...over })]);
    await app.services.contactSync.refresh("d1");
    await app.services.contactSync.refresh("op");
    await fn({ app, who, clock });
  });
}

async function set({ app, clock }: Scene, settings: Record<string, unknown>) {
  const { sql } = app.services;
  for (const [name, value] of Object.entries(settings)) {
    await sql`insert into company_setting (name, value, changed_by, changed_at)
      values (${name}, ${sql.json(value as string)}, 'ad', now())
      on conflict (name) do update set value = excluded.value`;
  }
  clock.now += 10_000;
}

async function departs({ app }: Scene, wxUserId: string) {
  await app.services.sql`
    update staff set departed_at = now() where wx_user_id = ${wxUserId}`;
}

async function leavesScope({ app }: Scene, wxUserId: string) {
  app.sandbox.world.staffLeaves({ userId: wxUserId });
  await app.services.sql`
    insert into member_scope (user_key, wx_user_id, left_at, reading)
    values (${wxUserId}, ${wxUserId}, now(), 1)`;
}

interface Case {
  order?: Record<string, unknown>;
  settings?: Record<string, unknown>;
  before?: (scene: Scene) => Promise<void>;
  as?: string;
  customers?: number[];
  asked?: string | null;
  /** Who is put in. */
  staff: string[];
  /** Of whom the sheet tells; absent: it tells nothing. */
  second?: string | null;
}

const ALONE = { staff: ["d1"], second: null };

const TABLE: [name: string, given: Case][] = [
  ["a project manager is there", {
    order: { projectManagerWxUserId: "p1" },
    settings: { secondColleague: "op" },
    staff: ["d1", "p1"],
  }],
  ["nobody was named", ALONE],
  ["the designer is the manager", {
    order: { projectManagerWxUserId: "D1" },
    ...ALONE,
  }],
  ["the company named one", {
    settings: { secondColleague: "op" },
    staff: ["d1", "op"],
    second: "op",
  }],
  ["the store named another one", {
    settings: { secondColleague: "op", storeColleagues: { 滨江店: "d2" } },
    staff: ["d1", "d2"],
    second: "d2",
  }],
  ["another store named one", {
    settings: { storeColleagues: { 城西店: "d2" } },
    ...ALONE,
  }],
  ["who creates is the one who was named", {
    settings: { secondColleague: "D1" },
    ...ALONE,
  }],
  ["who was named has left", {
    settings: { secondColleague: "op" },
    before: (scene) => departs(scene, "op"),
    ...ALONE,
  }],
  ["who was named is not in the app's scope", {
    settings: { secondColleague: "d2" },
    before: (scene) => leavesScope(scene, "d2"),
    ...ALONE,
  }],
  ["who was named is no staff", {
    settings: { secondColleague: "nobody" },
    ...ALONE,
  }],
  ["the project manager has left", {
    order: { projectManagerWxUserId: "p1" },
    settings: { secondColleague: "op" },
    before: (scene) => departs(scene, "p1"),
    staff: ["d1", "op"],
    second: "op",
  }],
  ["an operator creates it for the designer", {
    settings: { secondColleague: "d2" },
    as: "op",
    customers: [2],
    staff: ["d1", "op"],
  }],
  ["a couple is put in", {
    settings: { secondColleague: "op" },
    customers: [0, 1],
    staff: ["d1"],
  }],
  ["the person chose one", {
    settings: { secondColleague: "op" },
    asked: "P1",
    staff: ["d1", "p1"],
    second: "p1",
  }],
  ["the person wants nobody", {
    settings: { secondColleague: "op" },
    asked: null,
    ...ALONE,
  }],
  ["the person chose one beside the manager", {
    order: { projectManagerWxUserId: "p1" },
    asked: "op",
    staff: ["d1", "p1", "op"],
  }],
  ["the person chose themselves", { asked: "d1", ...ALONE }],
];

for (const [name, given] of TABLE) {
  Deno.test(`Of a second colleague: ${name}`, () =>
    company(given.order ?? {}, async (scene) => {
      const { app, who } = scene;
      await set(scene, given.settings ?? {});
      await given.before?.(scene);
      const as = app.as(given.as ?? "d1");
      const wish = {
        orderId: "O1",
        customerExternalUserIds: (given.customers ?? [0]).map((at) => who[at]),
        ...(given.asked !== undefined && { secondColleague: given.asked }),
      };
      const preview = await as.flow("group.preview", wish);
      assert.equal(preview.status, 200, JSON.stringify(preview));
      const { members, second } = preview.data as unknown as {
        members: { id: string; role: string }[];
        second?: {
          why: string;
          colleague: { wxUserId: string } | null;
          choices: { wxUserId: string }[];
        };
      };
      const spelled = (id: string) => id.toLowerCase();
      const staff = members.filter((one) => one.role !== "customer")
        .map((one) => spelled(one.id));
      assert.deepEqual(staff, given.staff);
      if (given.second === undefined) assert.equal(second, undefined);
      else {
        const { colleague = null } = second ?? {};
        assert.equal(colleague && spelled(colleague.wxUserId), given.second);
        assert.match(second?.why ?? "", /单聊/);
        const choices = second?.choices.map((one) => spelled(one.wxUserId));
        assert.ok(!choices?.some((id) => given.staff.includes(id)));
      }
      const attempt = "page-1";
      const answer = await as.flow("group.prepare", { ...wish, attempt });
      assert.equal(answer.status, 200, JSON.stringify(answer));
      const { userIds } = answer.data as { userIds: string[] };
      assert.deepEqual(userIds.map(spelled), given.staff, "as it was shown");
    }));
}

Deno.test("Nobody is put in who is no colleague any more, and the person is told", () =>
  company({}, async (scene) => {
    const { app, who } = scene;
    await departs(scene, "op");
    await leavesScope(scene, "d2");
    for (const secondColleague of ["op", "d2", "nobody"]) {
      for (const flow of ["group.preview", "group.prepare"]) {
        const answer = await app.as("d1").flow(flow, {
          orderId: "O1",
          customerExternalUserId: who[0],
          secondColleague,
          ...(flow === "group.prepare" && { attempt: "page-1" }),
        });
        assert.equal(answer.error, "VALIDATION_FAILED", secondColleague);
        assert.match(answer.msg ?? "", /请换一位/);
      }
    }
    const left = await app.services.sql`select 1 from group_intent`;
    assert.equal(left.length, 0, "nothing was begun");
  }));

Deno.test("Those to choose from are of the store first, and whoever left is none of them", () =>
  company({}, async (scene) => {
    const { app, who } = scene;
    const { sql } = app.services;
    await sql`update staff set store_name = '滨江店' where wx_user_id in ('op', 'p1')`;
    await departs(scene, "ad");
    const { data } = await app.as("d1").flow("group.preview", {
      orderId: "O1",
      customerExternalUserId: who[0],
    });
    const { choices } = data.second as { choices: { wxUserId: string }[] };
    const ids = choices.map((one) => one.wxUserId);
    assert.deepEqual(ids.slice(0, 2), ["p1", "op"]);
    assert.ok(ids.includes("d2"));
    assert.ok(!ids.includes("ad"));
  }));

interface Begun {
  intentId: string;
  groupName: string;
  userIds: string[];
  externalUserIds: string[];
}

async function begin({ app, who }: Scene, over: Record<string, unknown> = {}) {
  const wish = { orderId: "O1", customerExternalUserId: who[0], ...over };
  await app.as("d1").flow("group.preview", wish);
  const attempt = `page-${JSON.stringify(over)}`.slice(0, 60);
  const { data, status } = await app.as("d1").flow("group.prepare", {
    ...wish,
    attempt,
  });
  assert.equal(status, 200, JSON.stringify(data));
  return data as unknown as Begun;
}

Deno.test("The group with the second colleague is the order's, and they may go", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    await set(scene, { secondColleague: "op" });
    const { intentId, groupName, userIds, externalUserIds } = await begin(
      scene,
    );
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName,
      userIds,
      externalUserIds,
    });
    clock.now += 5_000;
    const input = { orderId: "O1", intentId, chatId };
    const recorded = await app.as("d1").flow("group.record", input);
    assert.equal(recorded.data.status, "active", JSON.stringify(recorded));
    const missing = async () => {
      clock.now += 60_000;
      const { data } = await app.as("d1").flow("group.get", { orderId: "O1" });
      return data.missing;
    };
    assert.equal(await missing(), undefined);
    app.sandbox.world.memberLeaves({ chatId, id: "op" });
    assert.equal(await missing(), undefined, "not on the order");
  }));

Deno.test("Who changes the second colleague on the same page gets a creation with the new one", () =>
  company({}, async (scene) => {
    const { app, who } = scene;
    const prepare = async (secondColleague?: string | null) => {
      const { data } = await app.as("d1").flow("group.prepare", {
        orderId: "O1",
        customerExternalUserId: who[0],
        attempt: "page-1",
        ...(secondColleague !== undefined && { secondColleague }),
      });
      return data as unknown as Begun;
    };
    const first = await prepare();
    assert.deepEqual(first.userIds, ["d1"]);
    assert.equal((await prepare()).intentId, first.intentId);
    await app.as("d1").flow("group.preview", {
      orderId: "O1",
      customerExternalUserId: who[0],
      secondColleague: "p1",
    });
    const second = await prepare("p1");
    assert.notEqual(second.intentId, first.intentId);
    assert.deepEqual(second.userIds, ["d1", "p1"]);
    assert.equal((await prepare("p1")).intentId, second.intentId);
  }));

Deno.test("Of two people and no group nobody searches for long: it is told why, and how to go on", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    const report = async (intentId: string) => {
      const input = { orderId: "O1", intentId };
      const { data } = await app.as("d1").flow("group.record", input);
      assert.equal(data.status, "searching");
    };
    const later = async () => {
      clock.now += 130_000;
      const answer = await app.as("d1").flow("group.get", { orderId: "O1" });
      return answer;
    };
    const alone = await begin(scene);
    await report(alone.intentId);
    const ended = await later();
    assert.equal(ended.error, "GROUP_NOT_FOUND", JSON.stringify(ended));
    assert.match(ended.msg ?? "", /单聊.*再加一位同事/);
    const { reason } = ended.details as { reason: string };
    assert.equal(reason, "not_found_in_time");
    // With a second one it is a group that WeCom may be slow to show.
    const two = await begin(scene, { secondColleague: "p1" });
    assert.deepEqual(two.userIds, ["d1", "p1"]);
    await report(two.intentId);
    assert.equal((await later()).data.status, "searching");
  }));

Deno.test("A group of two people that WeCom does show is found all the same", () =>
  company({}, async (scene) => {
    const { app, clock } = scene;
    const { intentId, groupName, externalUserIds } = await begin(scene);
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName,
      userIds: [],
      externalUserIds,
    });
    const input = { orderId: "O1", intentId };
    await app.as("d1").flow("group.record", input);
    clock.now += 10_000;
    const { data } = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.deepEqual([data.status, data.chatId], ["active", chatId]);
  }));
