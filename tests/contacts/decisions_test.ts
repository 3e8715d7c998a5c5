/** What a choice by hand is worth, and when it is asked again. */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, prepare, pushAll, world } from "../support/company.ts";

const OLD = "13700000066";
const NEW = "13700000077";

interface Found {
  status: string;
  candidates: { externalUserId: string }[];
  followers: { wxUserId: string }[];
}

async function match(app: TestApp, orderId = "O1", as = "d1") {
  const answer = await app.as(as).flow("customer.match", { orderId });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const { status, candidates, followers } = answer.data as unknown as Found;
  const list = await app.as(as).flow("orders.list", { limit: 100 });
  const listed = (list.data.orders as { orderId: string; matchState: string }[])
    .find((one) => one.orderId === orderId);
  assert.equal(listed?.matchState, status, "the list says the same");
  return {
    status,
    ids: candidates.map((one) => one.externalUserId),
    followers: followers.map((one) => one.wxUserId),
  };
}

async function link(
  app: TestApp,
  externalUserId: string,
  { orderId = "O1", as = "d1" } = {},
) {
  const input = { orderId, externalUserId };
  const answer = await app.as(as).flow("customer.link", input);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  return answer.data;
}

function two() {
  return world([
    { of: "d1", name: "旧微信" },
    { of: "d1", name: "新微信", remarkMobiles: [NEW] },
  ]);
}

Deno.test("A choice lapses when the order gets another number", async () => {
  const { seed, ids: who } = two();
  await withApp({ seed }, async (app) => {
    const [wmOld = "", wmNew = ""] = who;
    const push = (over: Record<string, unknown>) => pushAll(app, [order(over)]);
    await push({ customerName: "甲", customerPhone: OLD });
    await link(app, wmOld);
    assert.deepEqual((await match(app)).ids, [wmOld]);
    await push({ customerName: "乙", customerPhone: NEW });
    const found = await match(app);
    assert.deepEqual([found.status, found.ids], ["matched", [wmNew]]);
    // Back to what it was: what was decided for other numbers stays ended.
    await push({ customerName: "甲", customerPhone: "13700000088" });
    assert.deepEqual((await match(app)).status, "none");
  });
});

Deno.test("Numbers that two orders swap take their customers along", async () => {
  const { seed, ids: who } = world([
    { of: "d1", name: "甲" },
    { of: "d1", name: "乙" },
  ]);
  await withApp({ seed }, async (app) => {
    const [wmA = "", wmB = ""] = who;
    const push = (first: string, second: string) =>
      pushAll(app, [
        order({ orderId: "O1", customerPhone: first }),
        order({ orderId: "O2", customerPhone: second }),
      ]);
    await push(OLD, NEW);
    await link(app, wmA);
    await link(app, wmB, { orderId: "O2" });
    await push(NEW, OLD);
    assert.deepEqual((await match(app)).ids, [wmB]);
    assert.deepEqual((await match(app, "O2")).ids, [wmA]);
  });
});

Deno.test("A choice stands while the same numbers come in other words", async () => {
  const { seed, ids: who } = two();
  await withApp({ seed }, async (app) => {
    const [wmOld = ""] = who;
    await pushAll(app, [order({ customerPhone: `${OLD}/${NEW}` })]);
    assert.deepEqual((await match(app)).ids, [who[1]]);
    await link(app, wmOld);
    for (
      const customerPhone of [`${NEW} ${OLD}`, `1、+86 ${OLD} 2、${NEW}（妻）`]
    ) {
      await pushAll(app, [order({ customerPhone, stage: "量房" })]);
      const found = await match(app);
      // And the other number's contact stays beside it.
      assert.deepEqual([found.status, found.ids], [
        "matched",
        [wmOld, who[1]],
      ]);
    }
  });
});

Deno.test("A choice is asked again when only the name changes", async () => {
  const { seed, ids: who } = two();
  await withApp({ seed }, async (app) => {
    const [wmOld = ""] = who;
    await pushAll(app, [order({ customerName: "甲", customerPhone: OLD })]);
    await link(app, wmOld);
    await pushAll(app, [order({ customerName: "乙", customerPhone: OLD })]);
    // Although the number stands there: we wrote it, for 甲.
    const asked = await match(app);
    assert.deepEqual([asked.status, asked.ids], ["ambiguous", [wmOld]]);
    await link(app, wmOld);
    assert.equal((await match(app)).status, "matched");
  });
});

Deno.test("A choice is asked again when a lent number or a mask is another customer's", async () => {
  const { seed, ids: who } = world([{ of: "d1", name: "甲" }]);
  await withApp({ seed }, async (app) => {
    const [wmA = ""] = who;
    const push = (customerPhone: string) =>
      pushAll(app, [order({ customerPhone })]);
    const changes: [string, string, string][] = [
      ["13512345678-9100", "135 1234 5678转9100", "matched"],
      ["13512345678-9100", "13512345678-7839", "ambiguous"],
      ["136****1234", "136***1234（妻）", "matched"],
      ["136****1234", "138****9999", "ambiguous"],
      ["", "无", "matched"],
      [`${NEW} 3-2-501`, `${NEW} 3-2-502`, "matched"],
    ];
    for (const [before, after, status] of changes) {
      await push(before);
      await link(app, wmA);
      assert.equal((await match(app)).status, "matched", before);
      await push(after);
      assert.equal((await match(app)).status, status, after);
    }
  });
});

Deno.test("Two masked numbers that are the same text are nobody's number", async () => {
  const { seed, ids: who } = world([{ of: "d1", name: "甲" }]);
  await withApp({ seed }, async (app) => {
    const [wmA = ""] = who;
    const customerPhone = "136****1234";
    await pushAll(app, [
      order({ orderId: "X1", customerName: "甲", customerPhone }),
      order({ orderId: "X2", customerName: "乙", customerPhone }),
    ]);
    await link(app, wmA, { orderId: "X1" });
    assert.equal((await match(app, "X1")).status, "matched");
    assert.equal((await match(app, "X2")).status, "none");
    const written = app.sandbox.world.state.follows.get("d1")?.get(wmA);
    assert.deepEqual(written?.remarkMobiles, []);
  });
});

Deno.test("Who has a number that is shared is asked, on either side", async () => {
  const own = "13512345678";
  const lent = `${own}-9100`;
  const { seed, ids: who } = world([
    { of: "d1", name: "张三", remarkMobiles: [own] },
    { of: "d2", name: "李四", remarkMobiles: [lent] },
  ]);
  await withApp({ seed }, async (app) => {
    await pushAll(app, [
      order({ orderId: "own", customerPhone: own }),
      order({ orderId: "lent", customerPhone: lent }),
      order({
        orderId: "theirs",
        customerPhone: own,
        designerWxUserId: "d2",
      }),
      order({
        orderId: "both",
        customerPhone: lent,
        designerWxUserId: "d2",
      }),
    ]);
    const told = async (orderId: string, as: string) => {
      const { status, ids } = await match(app, orderId, as);
      return [status, ...ids];
    };
    assert.deepEqual(await told("own", "d1"), ["matched", who[0]]);
    assert.deepEqual(await told("lent", "d1"), ["ambiguous", who[0]]);
    assert.deepEqual(await told("theirs", "d2"), ["ambiguous", who[1]]);
    assert.deepEqual(await told("both", "d2"), ["ambiguous", who[1]]);
    // A person knows: then it is decided, and still not written.
    await link(app, who[0] ?? "", { orderId: "lent" });
    assert.deepEqual(await told("lent", "d1"), ["matched", who[0]]);
  });
});

Deno.test("A colleague's choice counts for whoever has the same contact", async () => {
  const { seed, ids: who } = two();
  await withApp({ seed }, async (app) => {
    const [wmOld = "", wmNew = ""] = who;
    app.sandbox.world.staffAddsContact({ userId: "p1", externalUserId: wmOld });
    await pushAll(app, [order({ customerPhone: NEW })]);
    assert.deepEqual((await match(app)).ids, [wmNew]);
    await link(app, wmOld);
    const manager = await match(app, "O1", "p1");
    assert.deepEqual([manager.status, manager.ids, manager.followers], [
      "matched",
      [wmOld],
      ["d1"],
    ]);
    // Nobody who does not have that contact is offered it.
    assert.deepEqual((await match(app, "O1", "op")).ids, []);
  });
});

Deno.test("Whom a group was made for stays the customer when it is gone", async () => {
  const { seed, ids: who } = world([
    { of: "d1", name: "妻", remarkMobiles: [OLD] },
    { of: "d1", name: "夫", remarkMobiles: [OLD] },
  ]);
  await withApp({ seed }, async (app) => {
    const [wife = ""] = who;
    await pushAll(app, [order({ customerPhone: OLD })]);
    assert.equal((await match(app)).status, "ambiguous");
    const made = await prepare(app, wife);
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName: made.groupName,
      userIds: made.userIds,
      externalUserIds: made.externalUserIds,
    });
    const recorded = await app.as("d1").flow("group.record", {
      orderId: "O1",
      intentId: made.intentId,
      chatId,
    });
    assert.equal(recorded.data.status, "active");
    assert.deepEqual((await match(app)).ids, [wife]);
    await pushAll(app, [order({ customerPhone: NEW })]);
    assert.equal((await match(app)).status, "none");
  });
});

Deno.test("What the release before writes is understood, and it finds what is written", async () => {
  const { seed, ids: who } = two();
  await withApp({ seed }, async (app) => {
    const [wmOld = "", wmNew = ""] = who;
    const { sql } = app.services;
    await pushAll(app, [order({ customerPhone: "" })]);
    assert.equal((await match(app)).status, "none");
    const choose = (externalUserId: string) =>
      sql`
      insert into order_customer ${
        sql({
          orderId: "O1",
          wxUserId: "D1",
          externalUserId,
          linkedAt: new Date(),
        })
      }
      on conflict (order_id, wx_user_id) do update set
        external_user_id = excluded.external_user_id,
        linked_at = excluded.linked_at`;
    await choose(wmOld);
    assert.deepEqual((await match(app)).ids, [wmOld]);
    await choose(wmNew);
    assert.deepEqual((await match(app)).ids, [wmNew]);
    await link(app, wmOld);
    assert.deepEqual((await match(app)).ids, [wmOld]);
    const [kept] = await sql<{ externalUserId: string }[]>`
      select external_user_id from order_customer
      where order_id = 'O1' order by linked_at desc limit 1`;
    assert.equal(kept?.externalUserId, wmOld);
    const decided = await sql<{ endedBy: string | null }[]>`
      select ended_by from customer_decision order by decision_id`;
    assert.deepEqual(decided.map((row) => row.endedBy), [
      "choice",
      "choice",
      null,
    ]);
    await pushAll(app, [order({ customerPhone: OLD })]);
    assert.equal((await match(app)).status, "none");
    assert.deepEqual([...await sql`select 1 from order_customer`], []);
  });
});
