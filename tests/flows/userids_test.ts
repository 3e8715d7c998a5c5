/**
 * Names of people ignore case: whatever spelling comes through which door, the
 * way from the order to the group ends the same.
 */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { ORIGIN, push, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, prepare } from "../support/company.ts";
import { onRealPostgres } from "../support/database.ts";
import { stubEnv, withStub } from "../support/stub_wecom.ts";
import { Visitor } from "../support/visitor.ts";
import type { Builder, WorldSeed } from "../../lib/sandbox/mod.ts";
import { checkChat } from "../../lib/groups/verify.ts";
import { userKey } from "../../lib/staff/user_id.ts";
import PEOPLE_CASES from "./people.json" with { type: "json" };
import {
  collectEvents,
  createRecase,
  type Door,
  DOORS,
  type Recase,
  recaseAnswers,
} from "./recase.ts";

const [SIGN_IN, GROUP] = PEOPLE_CASES;

Deno.test("Pushed in one case, signed in in another, named in the order in a third: the order opens", () =>
  withStub((stub, base) =>
    withApp({ env: stubEnv(stub, base) }, async (app) => {
      assert.ok(SIGN_IN?.staff && SIGN_IN.signsInAs && SIGN_IN.opens);
      const designer = SIGN_IN.opens.split(" ").at(-1);
      const staff = [
        { wxUserId: SIGN_IN.staff, name: "张三", role: "designer" },
      ];
      await (await push(app, "staff", { staff })).body?.cancel();
      const orders = [
        order({ designerWxUserId: designer, projectManagerWxUserId: null }),
      ];
      await (await push(app, "orders", { orders })).body?.cancel();
      stub.follow(SIGN_IN.signsInAs, "wm1", "王女士", [PHONE]);
      const visitor = new Visitor(app.handler, ORIGIN);
      stub.codes.set("code-1", { userid: SIGN_IN.signsInAs });
      await (await visitor.signIn("code-1", "/orders/O1/group")).body?.cancel();
      const page = await visitor.fetch("/orders/O1/group");
      assert.equal(page.status, SIGN_IN.want);
      assert.match(await page.text(), /create-group/);
      const [one] = await app.services.staff.spelled([designer ?? ""]);
      assert.equal(one, SIGN_IN.signsInAs, "as WeCom told at the sign-in");
    })
  ));

Deno.test("A group that WeCom spells differently from the intent fits it", () => {
  assert.ok(GROUP?.intentUserIds && GROUP.groupchat);
  const { owner, members } = GROUP.groupchat;
  const isCustomer = (id: string) => id.startsWith("wm");
  const refusal = checkChat(
    {
      ownerWxUserId: owner,
      members: members.map((userId) => ({
        userId,
        type: isCustomer(userId) ? "external" : "member",
      })),
    },
    {
      createdBy: GROUP.intentUserIds[0] ?? "",
      userIds: GROUP.intentUserIds,
      externalUserIds: members.filter(isCustomer),
    },
  );
  assert.equal(refusal, null);
});

/** How the group becomes known; each has to end the same. */
const WAYS = ["recorded", "searched", "told", "night"] as const;
type Way = typeof WAYS[number];

function company(): { seed: WorldSeed; customers: string[] } {
  const customers: string[] = [];
  return {
    customers,
    seed: {
      kind: "built",
      build(builder: Builder) {
        customers.length = 0;
        for (
          const [userId, name] of [["ZhangSan", "张三"], ["LiSi", "李四"], [
            "WangWu",
            "王五",
          ], ["Boss", "老板"]] as const
        ) {
          builder.staff({ userId, name });
        }
        for (
          const [userId, name, number] of [["ZhangSan", "王女士", PHONE], [
            "LiSi",
            "赵先生",
            "13900000000",
          ]] as const
        ) {
          const externalUserId = builder.customer({ name });
          builder.follows({
            userId,
            externalUserId,
            remarkMobiles: [number],
          });
          customers.push(externalUserId);
        }
      },
    },
  };
}

/** From the push to a group that somebody left and a night that looked at it. */
async function journey(way: Way, recase: Recase): Promise<unknown> {
  const { seed, customers } = company();
  let clock = Date.parse("2026-11-26T02:00:00Z");
  const wait = (ms: number) => void (clock += ms);
  const env = { ADMIN_USERIDS: recase("erp", "boss") };
  const options = {
    seed,
    env,
    now: () => clock,
    sleep: () => Promise.resolve(),
  };
  return await withApp(options, async (app) => {
    const { world } = app.sandbox;
    world.settings.lagMs = 0;
    recaseAnswers(app, recase);
    const events = collectEvents(app, recase, wait);
    const as = (id: string) => app.as(recase("signIn", id));
    await pushAll(app, recase);

    const listed = await as("ZhangSan").flow("orders.list");
    const matched = await as("ZhangSan").flow("customer.match", {
      orderId: "O1",
    });
    const colleague = await as("LiSi").flow("customer.match", {
      orderId: "O1",
    });
    const page = await as("LiSi").fetch("/orders/O1/group");
    await page.body?.cancel();
    const stranger = await as("WangWu").flow("order.get", { orderId: "O1" });

    const [customer = "", other = ""] = customers;
    const { intentId, userIds } = await prepare(
      app,
      customer,
      recase("signIn", "ZhangSan"),
    );
    const chatId = world.staffCreatesChat({
      userId: "ZhangSan",
      groupName: "王女士-服务群",
      userIds: ["LiSi"],
      externalUserIds: [customer],
    });
    if (way === "recorded" || way === "searched") {
      const recorded = await as("ZhangSan").flow("group.record", {
        orderId: "O1",
        intentId,
        ...(way === "recorded" ? { chatId } : {}),
      });
      assert.equal(recorded.status, 200, JSON.stringify(recorded));
    }
    if (way === "night") await night(app);
    await events.deliver();
    const made = await group(as("LiSi").flow("group.get", { orderId: "O1" }));

    world.memberLeaves({ chatId, id: "LiSi" });
    world.staffAddsContact({ userId: "ZhangSan", externalUserId: other });
    world.staffDeletesContact({ userId: "LiSi", externalUserId: other });
    wait(60_000);
    await events.deliver();
    const left = await group(as("Boss").flow("group.get", { orderId: "O1" }));
    const contacts = await as("Boss").flow("contacts.list", {
      wxUserId: recase("asked", "zhangsan"),
    });
    wait(24 * 60 * 60_000);
    const counts = await night(app);
    return {
      listed: (listed.data.orders as { orderId: string }[])
        .map((one) => one.orderId),
      matched: [matched.data.status, matched.data.followers],
      colleague: [colleague.data.status, namesOf(colleague.data.followers)],
      page: page.status,
      stranger: stranger.error,
      asked: userIds.map(userKey).sort(),
      made,
      left,
      contacts: (contacts.data.externalContacts as unknown[]).length,
      night: counts,
      kept: await kept(app),
    };
  });
}

async function pushAll(app: TestApp, recase: Recase): Promise<void> {
  const id = (one: string) => recase("erp", one);
  const staff = [
    { wxUserId: id("zhangsan"), name: "张三", role: "designer" },
    { wxUserId: id("lisi"), name: "李四", role: "project_manager" },
    { wxUserId: id("wangwu"), name: "王五", role: "designer" },
  ];
  const orders = [
    order({
      designerWxUserId: id("zhangsan"),
      projectManagerWxUserId: id("lisi"),
    }),
    // One person twice.
    order({
      orderId: "O2",
      designerWxUserId: id("lisi"),
      projectManagerWxUserId: id("lisi"),
    }),
  ];
  for (
    const [path, body] of [["staff", { staff }], ["orders", {
      orders,
    }]] as const
  ) {
    // Twice: the second push spells the same people differently again.
    for (let turn = 0; turn < 2; turn++) {
      const response = await push(app, path, body);
      assert.equal(response.status, 200, await response.text());
    }
  }
}

async function night({ services }: TestApp) {
  const report = await services.reconciler.run("nightly");
  assert.equal(report?.state, "done", JSON.stringify(report));
  return report && { ...report.counts, errors: report.errors };
}

const namesOf = (people: unknown) =>
  (people as { name: string }[]).map((one) => one.name);

async function group(answered: Promise<{ data: Record<string, unknown> }>) {
  const { data } = await answered;
  const members = data.members as { name: string; type: string }[];
  const missing = (data.missing ?? []) as { name: string; reason: string }[];
  return {
    status: data.status,
    owner: (data.owner as { name: string } | null)?.name,
    members: members.map((one) => `${one.type} ${one.name}`).sort(),
    customerJoined: data.customerJoined,
    missing: missing.map((one) => `${one.name} ${one.reason}`),
  };
}

/** What the database has in the end, people in their normal form. */
async function kept({ services: { sql } }: TestApp) {
  const rows = await sql<{ row: string }[]>`
    select 'stay ' || lower(member_id) || ' ' || type || ' ' ||
      coalesce(quit_scene, '-') as row from chat_member
    union all
    select 'follow ' || lower(wx_user_id) || ' ' || remark || ' ' ||
      (deleted_at is null) from contact_follow
    union all
    select 'read ' || lower(wx_user_id) || ' ' || run from contact_sync
    union all
    select 'intent ' || state || ' ' || cardinality(user_ids) from group_intent
    union all
    select 'chat ' || coalesce(order_id, '-') || ' ' || lower(owner) from chat
    order by 1`;
  return rows.map(({ row }) => row);
}

const plain = createRecase(0, {
  erp: false,
  signIn: false,
  answers: false,
  events: false,
  asked: false,
});

const ends = new Map<Way, Promise<unknown>>();
function plainEnd(way: Way): Promise<unknown> {
  const known = ends.get(way) ?? journey(way, plain);
  ends.set(way, known);
  return known;
}

Deno.test("The journey ends with one group of its people, whichever way it becomes known", async () => {
  for (const way of WAYS) {
    const end = await plainEnd(way) as { made: unknown; left: unknown };
    assert.deepEqual(end.made, {
      status: "active",
      owner: "张三",
      members: ["customer 王女士", "staff 张三", "staff 李四"],
      customerJoined: true,
      missing: [],
    }, way);
    assert.deepEqual(
      (end.left as { missing: string[] }).missing,
      ["李四 left"],
      way,
    );
  }
});

for (const door of DOORS) {
  Deno.test(`A case of its own at the door "${door}" changes nothing`, async () => {
    const open = Object.fromEntries(
      DOORS.map((one) => [one, one === door]),
    ) as Record<Door, boolean>;
    const way = WAYS[DOORS.indexOf(door) % WAYS.length] ?? "recorded";
    assert.deepEqual(
      await journey(way, createRecase(7, open)),
      await plainEnd(way),
    );
  });
}

Deno.test("Whatever the case of each userid at each door, the journey ends the same", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WAYS),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      async (way, seed) => {
        const everywhere = createRecase(seed, {
          erp: true,
          signIn: true,
          answers: true,
          events: true,
          asked: true,
        });
        assert.deepEqual(await journey(way, everywhere), await plainEnd(way));
      },
    ),
    // Each run is a whole company with a database of its own.
    { numRuns: onRealPostgres ? 12 : 4, endOnFailure: true },
  );
});
