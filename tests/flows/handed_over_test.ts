/** What happens to a creation when the ERP, or people, change things meanwhile. */
import assert from "node:assert/strict";
import {
  order,
  PHONE,
  prepare,
  pushAll,
  withStubbedApp,
} from "../support/company.ts";

const GROUP = "王女士-服务群";

Deno.test("Who made the group reports it, though the order is somebody else's by now", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId } = await prepare(app, "wm1");
    const chatId = stub.create("d1", GROUP, ["d1", "p1"], ["wm1"]);
    await pushAll(app, [order({ designerWxUserId: "d2" })]);
    const input = { orderId: "O1", intentId, chatId };
    const stranger = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(stranger.error, "ORDER_NOT_FOUND");
    const done = await app.as("d1").flow("group.record", input);
    assert.deepEqual([done.data?.status, done.data?.chatId], [
      "active",
      chatId,
    ], JSON.stringify(done));
    const again = await app.as("d1").flow("group.record", input);
    assert.equal(again.data.status, "active");
    const view = await app.as("d2").flow("group.get", { orderId: "O1" });
    const missing = view.data.missing as { memberId: string; reason: string }[];
    assert.deepEqual(
      missing.map(({ memberId, reason }) => [memberId, reason]),
      [["d2", "changed_on_order"]],
    );
  }));

Deno.test("Who gives up a creation gives the order free, though it is somebody else's by now", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.follow("d2", "wm1", "王女士", [PHONE]);
    const { intentId } = await prepare(app, "wm1");
    await pushAll(app, [order({ designerWxUserId: "d2" })]);
    const cancelled = await app.as("d1").flow("group.cancel", { intentId });
    assert.equal(cancelled.code, 1, JSON.stringify(cancelled));
    const next = await prepare(app, "wm1", "d2");
    assert.deepEqual(next.userIds, ["d2", "p1"]);
    // The new one's creation is none of the old designer's business.
    for (
      const [flow, more, error] of [
        ["group.cancel", {}, "VALIDATION_FAILED"],
        ["group.record", { orderId: "O1", chatId: "wrX" }, "ORDER_NOT_FOUND"],
      ] as const
    ) {
      const input = { intentId: next.intentId, ...more };
      const refused = await app.as("d1").flow(flow, input);
      assert.equal(refused.error, error, flow);
    }
  }));

Deno.test("A group that was dissolved right away is refused as that, not for a while", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId } = await prepare(app, "wm1");
    const chatId = stub.create("d1", GROUP, ["d1", "p1"], ["wm1"]);
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    chat.errcode = 49008;
    const input = { orderId: "O1", intentId, chatId };
    const refused = await app.as("d1").flow("group.record", input);
    assert.deepEqual(refused.details, { reason: "unknown", final: true });
    assert.match(refused.msg ?? "", /可能已经解散/);
    await prepare(app, "wm1");
  }));

Deno.test("A project manager without contacts chooses among the groups that were found", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId } = await prepare(app, "wm1");
    const made = [1, 2].map(() =>
      stub.create("d1", GROUP, ["d1", "p1"], ["wm1"])
    );
    const searching = { orderId: "O1", intentId };
    await app.as("d1").flow("group.record", searching);
    const view = await app.as("p1").flow("group.get", { orderId: "O1" });
    assert.equal((view.data.candidates as unknown[]).length, 2);
    const [chatId] = made;
    const input = { orderId: "O1", chatId };
    const linked = await app.as("p1").flow("group.link", input);
    assert.equal(linked.data?.chatId, chatId, JSON.stringify(linked));
  }));

Deno.test("A group that lacks people is refused with their names", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { intentId } = await prepare(app, "wm1");
    const chatId = stub.create("d1", GROUP, ["d1"], []);
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    // Some minutes ago: WeCom's data does not lag any more.
    chat.create_time -= 300;
    await app.services.sql`
      update group_intent set created_at = created_at - interval '6 minutes'`;
    const input = { orderId: "O1", intentId, chatId };
    const refused = await app.as("d1").flow("group.record", input);
    assert.equal(refused.error, "CHAT_REJECTED");
    assert.equal(refused.msg, "这个群里没有吴经理、客户王女士，没有记录");
    // Put into the group, they make it the order's with the next try.
    const now = Math.floor(Date.now() / 1000);
    for (const [userid, type] of [["p1", 1], ["wm1", 2]] as const) {
      chat.member_list.push({ userid, type, join_time: now });
    }
    await app.as("d1").flow("group.cancel", { intentId });
    const found = await app.as("d1").flow("group.prepare", {
      orderId: "O1",
      customerExternalUserId: "wm1",
    });
    assert.deepEqual(found.data, { existing: { chatId, groupName: GROUP } });
  }));
