/** What an open page hears of others, without a call to WeCom. */
import assert from "node:assert/strict";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import { readXml } from "../../lib/wecom/callback/xml.ts";
import { eventXml } from "../../lib/sandbox/events.ts";
import type { WorldEvent } from "../../lib/sandbox/types.ts";
import type { PageNow } from "../../lib/flows/schemas.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { PHONE, prepare, pushAll, world } from "../support/company.ts";

interface Heard {
  version: string;
  now: PageNow | null;
}

/** d1 has no contact with the number of O1 yet. */
async function withPages(
  fn: (page: {
    app: TestApp;
    ids: string[];
    watch(who: string): Promise<Heard>;
    /** Tells the product what happened. */
    deliver(): Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const { seed, ids } = world([{ of: "d1", name: "李先生" }]);
  let ahead = 0;
  await withApp({ seed, now: () => Date.now() + ahead }, async (app) => {
    await pushAll(app);
    const { sandbox, services: { inbox } } = app;
    const events: WorldEvent[] = [];
    sandbox.world.on((event) => void events.push(event));
    const versions = new Map<string, string>();
    for (const who of ["d1", "p1"]) {
      const page = await app.as(who).fetch("/orders/O1/group");
      assert.equal(page.status, 200, await page.text());
    }
    await fn({
      app,
      ids,
      async watch(who) {
        const version = versions.get(who) ?? "";
        const { calls } = sandbox.world;
        const before = calls.count();
        const answer = await app.as(who)
          .flow("order.watch", { orderId: "O1", version });
        assert.equal(answer.status, 200, JSON.stringify(answer));
        assert.equal(calls.count(), before, "it costs no call");
        const heard = answer.data as unknown as Heard;
        versions.set(who, heard.version);
        return heard;
      },
      async deliver() {
        for (const event of events.splice(0)) {
          const fields = readXml(eventXml(event, sandbox.corpId));
          const read = readEvent(fields, Date.now());
          if (read) await inbox.store(fields, read);
        }
        ahead += 60_000;
        await inbox.workOff();
      },
    });
  });
}

Deno.test("An open page hears of a customer who was added, and of nothing else", () =>
  withPages(async ({ app, watch, deliver }) => {
    const first = await watch("d1");
    assert.equal(first.now?.match?.status, "none");
    assert.equal((await watch("d1")).now, null);

    const { world } = app.sandbox;
    const stranger = world.customerAppears({ name: "路人" });
    world.staffAddsContact({ userId: "d1", externalUserId: stranger });
    await deliver();
    assert.equal((await watch("d1")).now, null);

    const customer = world.customerAppears({ name: "王女士" });
    world.staffAddsContact({
      userId: "d1",
      externalUserId: customer,
      remarkMobiles: [PHONE],
    });
    await deliver();
    const { now } = await watch("d1");
    assert.equal(now?.match?.status, "matched");
    assert.equal(now?.match?.candidates[0]?.externalUserId, customer);
    // Who opened the same order without being followed hears who can help.
    const colleague = await watch("p1");
    assert.deepEqual(
      colleague.now?.match?.followers.map((one) => one.wxUserId),
      ["d1"],
    );
    assert.equal((await watch("d1")).now, null);
  }));

Deno.test("A colleague's creation is heard of from its beginning to the group", () =>
  withPages(async ({ app, ids: [customer = ""], watch, deliver }) => {
    await watch("p1");
    const { intentId, groupName, userIds, externalUserIds } = await prepare(
      app,
      customer,
    );
    const begun = await watch("p1");
    assert.deepEqual(
      [begun.now?.intent?.byName, begun.now?.intent?.status],
      ["陈设计", "pending"],
    );
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName,
      userIds,
      externalUserIds,
    });
    await deliver();
    const report = { orderId: "O1", intentId, chatId };
    const recorded = await app.as("d1").flow("group.record", report);
    assert.equal(recorded.data.status, "active", JSON.stringify(recorded));
    const { now } = await watch("p1");
    assert.deepEqual([now?.group?.chatId, now?.match], [chatId, null]);
    assert.equal(now?.group?.told?.title, "客户群已建好");
    assert.equal((await watch("p1")).now, null);
  }));

Deno.test("A creation that is given up is heard of, too", () =>
  withPages(async ({ app, ids: [customer = ""], watch }) => {
    const { intentId } = await prepare(app, customer);
    assert.equal((await watch("p1")).now?.intent?.intentId, intentId);
    await app.as("d1").flow("group.cancel", { intentId });
    const { now } = await watch("p1");
    assert.deepEqual([now?.intent, now?.group], [null, null]);
  }));
