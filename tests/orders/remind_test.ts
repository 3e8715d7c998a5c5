/** A colleague who has the customer is reminded by one card, and is told once. */
import assert from "node:assert/strict";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const O1 = { orderId: "O1" };
const MINUTE = 60_000;

interface Company {
  app: TestApp;
  ids: string[];
  /** Lets so much time pass, ms. */
  later(ms: number): void;
}

/** d1 has the customer of O1; nobody of the order has that of O2. */
async function company(
  fn: (company: Company) => Promise<void>,
  over: Record<string, unknown> = {},
): Promise<void> {
  const { seed, ids } = world();
  let passed = 0;
  const now = () => Date.now() + passed;
  await withApp({ seed, now }, async (app) => {
    await pushAll(app, [
      order(over),
      order({ orderId: "O2", customerPhone: "13900000009" }),
    ]);
    await fn({ app, ids, later: (ms) => void (passed += ms) });
  });
}

const remind = (app: TestApp, as: string, input = O1) =>
  app.as(as).flow("order.remind", input);
const cards = ({ sandbox }: TestApp) =>
  sandbox.world.messages.filter((one) => one.msgtype === "textcard");

Deno.test("Who has the customer gets a card that opens the order, once in ten minutes from everybody together", () =>
  company(async ({ app, later }) => {
    const first = await remind(app, "p1");
    assert.equal(first.status, 200, JSON.stringify(first));
    const to = { wxUserId: "d1", name: "陈设计" };
    assert.deepEqual(first.data, { success: true, to });
    const [card] = cards(app);
    assert.deepEqual(card?.to, ["d1"]);
    assert.equal(card?.content.url, `${ORIGIN}/orders/O1/group`);
    assert.match(String(card?.content.title), /王女士/);
    assert.match(String(card?.content.description), /吴经理提醒您/);
    assert.doesNotMatch(JSON.stringify(card?.content), /\d{7}/);

    later(8 * MINUTE);
    for (const person of ["p1", "op"]) {
      const again = await remind(app, person);
      assert.equal(again.error, "ALREADY_REMINDED", JSON.stringify(again));
      assert.equal(again.status, 409);
      const wait = Number(again.headers.get("retry-after"));
      assert.ok(wait > 110 && wait <= 120, String(wait));
      const { retryAfterMs } = again.details as { retryAfterMs: number };
      assert.equal(Math.ceil(retryAfterMs / 1000), wait);
      assert.match(again.msg ?? "", /陈设计，2 分钟后/);
    }
    later(2 * MINUTE);
    assert.equal((await remind(app, "op")).status, 200);
    assert.equal(cards(app).length, 2, "WeCom drops what was sent before");
    const { sql } = app.services;
    const [row] = await sql`select sent, user_key from order_reminder`;
    assert.deepEqual({ ...row }, { sent: 2, userKey: "d1" });
    const told = await sql`
      select actor, order_id, detail ->> 'to' as "to" from audit_log
      where action = 'order.remind' and outcome = 'done' order by audit_id`;
    assert.deepEqual(told.map((one) => ({ ...one })), [
      { actor: "p1", orderId: "O1", to: "d1" },
      { actor: "op", orderId: "O1", to: "d1" },
    ]);
  }));

Deno.test("Of many taps at once one sends the card", () =>
  company(async ({ app }) => {
    const taps = await Promise.all(
      Array.from({ length: 8 }, (_, n) => remind(app, n % 2 ? "p1" : "op")),
    );
    const outcomes = taps.map((one) => one.error ?? "sent").sort();
    assert.deepEqual(outcomes, [
      ...Array.from({ length: 7 }, () => "ALREADY_REMINDED"),
      "sent",
    ]);
    assert.equal(cards(app).length, 1);
  }));

Deno.test("A card that did not go out takes no turn, and its person is told why", () =>
  company(async ({ app }) => {
    const { world: wecom } = app.sandbox;
    wecom.faults.add({
      endpoint: "message/send",
      kind: { type: "errcode", errcode: 45009 },
      times: 1,
    });
    assert.equal((await remind(app, "p1")).error, "RATE_LIMITED");
    wecom.staffRights({ userId: "d1", visible: false });
    const unseen = await remind(app, "p1");
    assert.equal(unseen.error, "COLLEAGUE_UNREACHABLE");
    assert.equal(unseen.status, 422);
    assert.match(unseen.msg ?? "", /陈设计收不到提醒.*可见范围/);
    wecom.staffRights({ userId: "d1", visible: true });
    assert.equal((await remind(app, "p1")).status, 200);
    assert.equal(cards(app).length, 1);
  }));

Deno.test("If there is nobody to remind, or nothing to remind of, no card goes out", () =>
  company(async ({ app, ids }) => {
    await app.as("d1").flow("customer.match", O1);
    const own = await remind(app, "d1");
    assert.equal(own.error, "COLLEAGUE_NOT_FOUND");
    assert.match(own.msg ?? "", /您自己的企业微信/);
    const none = await remind(app, "p1", { orderId: "O2" });
    assert.equal(none.error, "COLLEAGUE_NOT_FOUND");
    assert.match(none.msg ?? "", /都还没有添加/);
    const { settings } = app.services;
    const values = await settings.read();
    const off = { ...values, reminders: false };
    await settings.save(off, "ad", () => Promise.resolve());
    assert.equal((await remind(app, "p1")).error, "FORBIDDEN");
    await settings.save(values, "ad", () => Promise.resolve());
    const { world: wecom } = app.sandbox;
    wecom.settings.lagMs = 0;
    const chatId = wecom.staffCreatesChat({
      userId: "d1",
      groupName: "王女士的群",
      userIds: ["p1"],
      externalUserIds: ids,
    });
    const linked = await app.as("d1").flow("group.link", { ...O1, chatId });
    assert.equal(linked.code, 1, JSON.stringify(linked));
    const done = await remind(app, "p1");
    assert.equal(done.error, "GROUP_ALREADY_EXISTS");
    assert.deepEqual(cards(app), []);
  }));

Deno.test("A number that somebody typed into the customer's name is in no card", () =>
  company(async ({ app }) => {
    assert.equal((await remind(app, "p1")).status, 200);
    const [card] = cards(app);
    assert.equal(card?.content.title, "请为王女士****建客户群");
  }, { customerName: `王女士${PHONE}` }));
