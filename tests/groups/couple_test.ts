/** A couple's one group: both are put in, and each of them belongs into it. */
import assert from "node:assert/strict";
import { standingOfCustomers } from "../../lib/groups/missing.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const WIFE = "13900002222";

const known = (id: string, places: number[]) =>
  ({ id, source: null, sure: true, places }) as const;
const MAN = known("man", [0]);
const HER = known("wife", [1]);

const TABLE: [
  name: string,
  members: string,
  customers: ReturnType<typeof known>[],
  putIn: string,
  absent: string,
][] = [
  ["both are in", "man wife", [MAN, HER], "man wife", ""],
  ["one of two has left", "man -wife", [MAN, HER], "man wife", "wife"],
  ["both have left", "-man -wife", [MAN, HER], "man wife", "man wife"],
  ["one never came", "man", [MAN, HER], "man wife", "wife"],
  [
    "one came back with another account",
    "man -wife new",
    [MAN, HER, known("new", [1])],
    "man wife",
    "",
  ],
  [
    "another account of the other one replaces nobody",
    "man -wife new",
    [MAN, HER, known("new", [0])],
    "man wife",
    "wife",
  ],
  ["one was put in, the other came", "man wife", [MAN, HER], "man", ""],
  ["one was put in, and left", "-man wife", [MAN, HER], "man", ""],
  ["made by hand with one of two", "man", [MAN, HER], "", ""],
  ["picked without a number", "man -new", [MAN], "man new", "new"],
];

for (const [name, members, customers, putIn, absent] of TABLE) {
  Deno.test(`Of a couple in a group: ${name}`, () => {
    const words = (text: string) => text.split(" ").filter(Boolean);
    const stays = words(members).map((word) => ({
      memberId: word.replace("-", ""),
      present: !word.startsWith("-"),
    }));
    const found = standingOfCustomers(customers, stays, words(putIn));
    assert.deepEqual([...found.absent], words(absent));
  });
}

interface View {
  status: string;
  customerJoined: boolean;
  missing?: { memberId: string; name: string; reason: string }[];
}

async function company(
  fn: (scene: {
    app: TestApp;
    who: readonly [man: string, wife: string, other: string];
    clock: { now: number };
    flow: (name: string, input?: object) => Promise<Record<string, unknown>>;
  }) => Promise<void>,
): Promise<void> {
  const clock = { now: Date.now() };
  const { seed, ids } = world([
    { of: "d1", name: "王", remarkMobiles: [PHONE] },
    { of: "d1", name: "李", remarkMobiles: [WIFE] },
    { of: "d1", name: "李小号" },
  ]);
  await withApp({ seed, now: () => clock.now }, async (app) => {
    const customers = [{ name: "李先生", phone: WIFE }];
    await pushAll(app, [order({ customers })]);
    const flow = async (name: string, input: object = {}) => {
      const answer = await app.as("d1").flow(name, { orderId: "O1", ...input });
      assert.equal(answer.status, 200, JSON.stringify(answer));
      return answer.data as Record<string, unknown>;
    };
    const [man = "", wife = "", other = ""] = ids;
    await fn({ app, who: [man, wife, other], clock, flow });
  });
}

Deno.test("A couple that is matched goes into one group, and who of them is not in it is told", () =>
  company(async ({ app, who: [man, wife, other], clock, flow }) => {
    const match = await flow("customer.match");
    const customerExternalUserIds =
      (match.candidates as { externalUserId: string }[])
        .map((one) => one.externalUserId);
    assert.deepEqual(customerExternalUserIds, [man, wife]);
    const wish = { customerExternalUserIds };
    const preview = await flow("group.preview", wish);
    const members = preview.members as { name: string; role: string }[];
    assert.deepEqual(
      members.map((one) => [one.role, one.name]),
      [
        ["designer", "陈设计"],
        ["project_manager", "吴经理"],
        ["customer", "王"],
        ["customer", "李"],
      ],
    );
    const intent = await flow("group.prepare", { ...wish, attempt: "page-1" });
    assert.deepEqual(intent.externalUserIds, [man, wife]);
    // The page that comes back goes on with both.
    const again = await flow("group.prepare", { ...wish, attempt: "page-1" });
    assert.equal(again.intentId, intent.intentId);
    const { world } = app.sandbox;
    const chatId = world.staffCreatesChat({
      userId: "d1",
      groupName: String(intent.groupName),
      userIds: intent.userIds as string[],
      externalUserIds: [man, wife],
    });
    clock.now += 5_000;
    const recorded = await flow("group.record", {
      intentId: intent.intentId,
      chatId,
    });
    assert.equal(recorded.status, "active");
    const standing = async () => {
      clock.now += 60_000;
      const view = await flow("group.get") as unknown as View;
      const list = await flow("orders.list", { limit: 10 });
      const [row] = list.orders as { badge: { kind: string } }[];
      return {
        joined: view.customerJoined,
        missing: view.missing?.map((one) => [one.memberId, one.reason]),
        badge: row?.badge.kind,
      };
    };
    assert.deepEqual(await standing(), {
      joined: true,
      missing: undefined,
      badge: "created",
    });
    world.memberLeaves({ chatId, id: wife });
    assert.deepEqual(await standing(), {
      joined: false,
      missing: [[wife, "left"]],
      badge: "customer_missing",
    });
    world.staffEditsRemark({
      userId: "d1",
      externalUserId: other,
      remarkMobiles: [WIFE],
    });
    await app.services.contactSync.refresh("d1");
    world.staffInvitesCustomer({ chatId, userId: "d1", externalUserId: other });
    assert.deepEqual(await standing(), {
      joined: true,
      missing: undefined,
      badge: "created",
    });
  }));

Deno.test("One customer alone is put in when one alone is asked for", () =>
  company(async ({ who: [man], flow }) => {
    await flow("customer.match");
    const wish = { customerExternalUserId: man };
    const preview = await flow("group.preview", wish);
    const members = preview.members as { id: string; role: string }[];
    assert.deepEqual(
      members.filter((one) => one.role === "customer").map((one) => one.id),
      [man],
    );
    const intent = await flow("group.prepare", { ...wish, attempt: "page-1" });
    assert.deepEqual(intent.externalUserIds, [man]);
  }));

Deno.test("A group that was made by hand with one of the two is offered, and one with both comes first", () =>
  company(async ({ app, who: [man, wife], clock, flow }) => {
    await flow("customer.match");
    const make = (groupName: string, externalUserIds: string[]) => {
      clock.now += 1_000;
      return app.sandbox.world.staffCreatesChat({
        userId: "d1",
        groupName,
        userIds: ["p1"],
        externalUserIds,
      });
    };
    const offered = async () => {
      clock.now += 120_000;
      const wish = { customerExternalUserIds: [man, wife] };
      const preview = await flow("group.preview", wish);
      return (preview.existing as { chatId: string } | null)?.chatId;
    };
    assert.equal(await offered(), undefined);
    const hers = make("李", [wife]);
    assert.equal(await offered(), hers);
    const list = await flow("orders.list", { limit: 10 });
    const [row] = list.orders as { badge: { kind: string } }[];
    assert.equal(row?.badge.kind, "linkable");
    const both = make("王和李", [man, wife]);
    make("王", [man]);
    assert.equal(await offered(), both);
    const linked = await flow("group.link", { chatId: hers });
    assert.equal(linked.chatId, hers);
    const view = await flow("group.get") as unknown as View;
    assert.equal(view.customerJoined, true, "one of them is enough");
  }));

Deno.test("A group without one of the two who were asked for is not the order's", () =>
  company(async ({ app, who: [man, wife], clock, flow }) => {
    await flow("customer.match");
    const wish = { customerExternalUserIds: [man, wife] };
    await flow("group.preview", wish);
    const intent = await flow("group.prepare", { ...wish, attempt: "page-1" });
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName: String(intent.groupName),
      userIds: intent.userIds as string[],
      externalUserIds: [man],
    });
    clock.now += 120_000;
    const { intentId } = intent;
    const input = { orderId: "O1", intentId, chatId };
    const answer = await app.as("d1").flow("group.record", input);
    assert.equal(answer.error, "CHAT_REJECTED");
    assert.equal(answer.msg, "这个群里没有另一位客户，没有记录");
  }));

Deno.test("A couple's group whose id nobody told is found by a look", () =>
  company(async ({ app, who: [man, wife], clock, flow }) => {
    await flow("customer.match");
    const wish = { customerExternalUserIds: [man, wife] };
    await flow("group.preview", wish);
    const intent = await flow("group.prepare", { ...wish, attempt: "page-1" });
    const make = (externalUserIds: string[]) =>
      app.sandbox.world.staffCreatesChat({
        userId: "d1",
        groupName: String(intent.groupName),
        userIds: intent.userIds as string[],
        externalUserIds,
      });
    make([man]);
    const chatId = make([man, wife]);
    clock.now += 10_000;
    const { intentId } = intent;
    const recorded = await flow("group.record", { intentId });
    assert.deepEqual([recorded.status, recorded.chatId], ["active", chatId]);
  }));

Deno.test("A page that is open hears that the other one of the couple was added", () =>
  company(async ({ app, clock, flow }) => {
    const FATHER = "13700003333";
    const customers = [{ name: "李先生", phone: FATHER }];
    await pushAll(app, [order({ customers })]);
    await flow("customer.match");
    const watch = async (version: string) =>
      await flow("order.watch", { version }) as unknown as {
        version: string;
        now: {
          match: { candidates: unknown[]; without?: { why: string }[] };
        } | null;
      };
    const before = await watch("none");
    assert.equal(before.now?.match.candidates.length, 1);
    assert.deepEqual(before.now?.match.without?.map((one) => one.why), [
      "absent",
    ]);
    assert.equal((await watch(before.version)).now, null);
    const { world } = app.sandbox;
    const externalUserId = world.customerAppears({ name: "李" });
    world.staffAddsContact({
      userId: "d1",
      externalUserId,
      remarkMobiles: [FATHER],
    });
    clock.now += 1_000;
    await app.services.contactSync.refresh("d1");
    const after = await watch(before.version);
    assert.equal(after.now?.match.candidates.length, 2);
    assert.equal(after.now?.match.without, undefined);
  }));
