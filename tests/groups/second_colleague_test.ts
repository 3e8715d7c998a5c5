/**
 * Who joins as the second colleague where a group would be one colleague and one
 * customer, and who says so.
 */
import assert from "node:assert/strict";
import {
  company,
  departs,
  leavesScope,
  type Scene,
  set,
} from "./two_people.ts";

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
        const joins = given.second === null ? [] : [given.second];
        assert.deepEqual(
          choices?.filter((id) => given.staff.includes(id)),
          joins,
          "who joins can be seen, and nobody else who is in it",
        );
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
