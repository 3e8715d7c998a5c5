/**
 * Who else wants a group for the order, or had one before: people who tap at
 * once, groups made by hand, groups that were dissolved.
 */
import assert from "node:assert/strict";
import { PHONE, prepare } from "../support/company.ts";
import { createServices } from "../../lib/services.ts";
import { create, GROUP, record, three } from "./scene.ts";

Deno.test("Who taps many times gets one intent, who taps second is told who was first", () =>
  three(async ({ app, stub }) => {
    stub.follow("p1", "wm1", "王女士", [PHONE]);
    const input = { orderId: "O1", customerExternalUserId: "wm1" };
    const mine = await Promise.all(
      Array.from(
        { length: 12 },
        () => app.as("d1").flow("group.prepare", input),
      ),
    );
    assert.deepEqual(mine.map((one) => one.status), Array(12).fill(200));
    assert.equal(new Set(mine.map((one) => one.data.intentId)).size, 1);
    await app.as("d1").flow("group.cancel", {
      intentId: mine[0]?.data.intentId,
    });

    const other = await createServices(app.services.config, { log: () => {} });
    try {
      const people = Array.from({ length: 8 }, (_, at) => at % 2 ? "d1" : "p1");
      const both = await Promise.all(
        people.map((who) =>
          app.as(who).flow("group.prepare", { ...input, orderId: "O2" })
        ),
      );
      const winners = new Set(
        both.filter((one) => one.code === 1).map((one) => one.data.intentId),
      );
      assert.equal(winners.size, 1);
      for (const one of both.filter((one) => one.code === 0)) {
        assert.equal(one.error, "GROUP_IN_PROGRESS");
        assert.equal(one.status, 409);
      }
      const loser = both.findIndex((one) => one.code === 0);
      assert.ok(loser >= 0);
      const details = both[loser]?.details as {
        byWxUserId: string;
        mine: boolean;
      };
      assert.notEqual(details.byWxUserId, people[loser]);
    } finally {
      await other.close();
    }
  }));

Deno.test("A group made by hand is offered, and becomes the order's by linking", () =>
  three(async (scene) => {
    const { app } = scene;
    const foreign = create(scene, "d2");
    const strangers = create(scene, "d1", ["wm4"], ["d1"]);
    const byHand = create(scene, "d1", ["wm1"], ["d1"]);
    const input = { orderId: "O1", customerExternalUserId: "wm1" };
    const offered = await app.as("d1").flow("group.prepare", input);
    const { existing } = offered.data as {
      existing: { chatId: string; linkable: boolean };
    };
    assert.deepEqual([existing.chatId, existing.linkable], [byHand, true]);
    for (const chatId of [foreign, strangers, "wrNone"]) {
      const refused = await app.as("d1").flow("group.link", {
        orderId: "O1",
        chatId,
      });
      assert.equal(refused.error, "CHAT_REJECTED", chatId);
    }
    const linked = await app.as("d1").flow("group.link", {
      orderId: "O1",
      chatId: byHand,
    });
    assert.equal(linked.data.status, "active");
    assert.deepEqual((await app.as("d1").flow("group.prepare", input)).data, {
      existing: { chatId: byHand, groupName: GROUP[0] },
    });
    const taken = await app.as("d1").flow("group.link", {
      orderId: "O2",
      chatId: byHand,
    });
    assert.equal(taken.error, "CHAT_BOUND_TO_OTHER_ORDER");
    const fresh = await prepare(app, "wm1", "d1", "O2");
    assert.ok(fresh.intentId, "a bound group is not offered to the next order");
  }));

Deno.test("A group that was dissolved makes place for a new one", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const one = await prepare(app, "wm1");
    const chatId = create(scene);
    await record(scene, { intentId: one.intentId, chatId });
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    chat.errcode = 49008;
    // As after the seconds for which a group counts as known.
    await app.services
      .sql`update chat set synced_at = now() - interval '2 minutes'`;
    const get = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(get.data.status, "dismissed");
    const told = await app.services.sql`
      select 1 from audit_log
      where action = 'group.dismissed' and subject = 'O1'`;
    assert.equal(told.length, 1, "whoever notices it writes it down");
    const two = await prepare(app, "wm1");
    const next = create(scene);
    const done = await record(scene, { intentId: two.intentId, chatId: next });
    assert.deepEqual([done.data.chatId, done.data.status], [next, "active"]);
    assert.equal(
      (await app.as("d1").flow("group.get", { orderId: "O1" })).data.chatId,
      next,
    );
  }));

Deno.test("An answer that is older than the last one takes nobody out for good", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    const chatId = create(scene);
    await record(scene, { intentId, chatId });
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    const all = chat.member_list;
    for (const members of [all.slice(0, 2), all, all.slice(1), all]) {
      chat.member_list = members;
      await app.services
        .sql`update chat set synced_at = now() - interval '2 minutes'`;
      const get = await app.as("d1").flow("group.get", { orderId: "O1" });
      assert.equal(get.status, 200, JSON.stringify(get));
      assert.equal((get.data.members as unknown[]).length, members.length);
    }
  }));

Deno.test("A dissolved group is noticed by who wants to create another, without being asked for", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const one = await prepare(app, "wm1");
    const chatId = create(scene);
    await record(scene, { intentId: one.intentId, chatId });
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    await app.services
      .sql`update chat set synced_at = now() - interval '2 minutes'`;
    const input = { orderId: "O1", customerExternalUserId: "wm1" };
    // WeCom does not answer: the group that was there counts.
    for (const errcode of [-1, 45009, 48002, 40050]) {
      chat.errcode = errcode;
      const same = await app.as("d1").flow("group.prepare", input);
      assert.deepEqual(same.data, {
        existing: { chatId, groupName: GROUP[0] },
      }, String(errcode));
    }
    chat.errcode = 49008;
    const { intentId } = await prepare(app, "wm1");
    assert.ok(intentId);
  }));

Deno.test("A look at WeCom that failed is none: the next try finds the colleague's group", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    stub.follow("p1", "wm1", "王女士", [PHONE]);
    const input = { orderId: "O1", customerExternalUserId: "wm1" };
    const theirs = await app.as("p1").flow("group.prepare", input);
    const chatId = create(scene, "p1");
    await app.as("p1").flow("group.cancel", { intentId: theirs.data.intentId });
    stub.spoil = (path, said) =>
      path.endsWith("groupchat/list") && said.includes("p1")
        ? new Response("", { status: 502 })
        : undefined;
    const failed = await app.as("d1").flow("group.prepare", input);
    assert.equal(failed.error, "WECOM_UNAVAILABLE");
    stub.spoil = null;
    const found = await app.as("d1").flow("group.prepare", input);
    assert.deepEqual(found.data, { existing: { chatId, groupName: GROUP[0] } });
  }));

Deno.test("Who prepares is not told what a listing from before said", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    stub.follow("p1", "wm1", "王女士", [PHONE]);
    stub.follow("p1", "wm3", "李先生", ["13900000000"]);
    const input = { orderId: "O1", customerExternalUserId: "wm1" };
    const theirs = await app.as("p1").flow("group.prepare", input);
    await app.as("p1").flow("group.cancel", { intentId: theirs.data.intentId });
    // The answer of p1's listing is on its way while the group is made.
    const listed = Promise.withResolvers<void>();
    const made = Promise.withResolvers<void>();
    const empty = { errcode: 0, errmsg: "ok", group_chat_list: [] };
    stub.spoil = async (path, said) => {
      if (!path.endsWith("groupchat/list") || !said.includes("p1")) return;
      stub.spoil = null;
      listed.resolve();
      await made.promise;
      return Response.json(empty);
    };
    const before = app.as("p1").flow("group.prepare", {
      orderId: "O3",
      customerExternalUserId: "wm3",
    });
    await listed.promise;
    const chatId = create(scene, "p1");
    const after = app.as("d1").flow("group.prepare", input);
    made.resolve();
    await before;
    assert.deepEqual((await after).data, {
      existing: { chatId, groupName: GROUP[0] },
    });
  }));

Deno.test("A group that was there before, and was declined, is not taken for the one that was made", () =>
  three(async (scene) => {
    const { app } = scene;
    const declined = create(scene);
    const input = { orderId: "O2", customerExternalUserId: "wm1" };
    const offered = await app.as("d1").flow("group.prepare", input);
    const { existing } = offered.data as { existing: { chatId: string } };
    assert.equal(existing.chatId, declined);
    const { intentId } =
      (await app.as("d1").flow("group.prepare", { ...input, force: true }))
        .data;
    const view = await app.as("d1").flow("group.get", { orderId: "O2" });
    assert.equal(view.data.status, "pending");
    const told = await record(scene, { orderId: "O2", intentId });
    assert.equal(told.data.status, "searching");
    const made = create(scene);
    await app.as("d1").flow("group.record", {
      orderId: "O2",
      intentId,
      chatId: made,
    });
    const done = await app.as("d1").flow("group.get", { orderId: "O2" });
    assert.equal(done.data.chatId, made);
  }));

Deno.test("What another order left behind is not taken without asking", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const first = await prepare(app, "wm1");
    await app.as("d1").flow("group.cancel", { intentId: first.intentId });
    const { intentId } = await prepare(app, "wm1");
    const chatId = create(scene);
    assert.equal((await record(scene, { intentId, chatId })).status, 200);
    const input = { orderId: "O2", customerExternalUserId: "wm1" };
    const second = await app.as("d1").flow("group.prepare", input);
    // Made with the first tap, and shown only now.
    const left = create(scene);
    const chat = stub.chats.get(left);
    assert.ok(chat);
    chat.create_time -= 5;
    const told = await record(scene, {
      orderId: "O2",
      intentId: second.data.intentId,
    });
    assert.equal(told.data.status, "searching");
    const view = await app.as("d1").flow("group.get", { orderId: "O2" });
    const candidates = view.data.candidates as { chatId: string }[];
    assert.deepEqual(candidates.map((one) => one.chatId), [left]);
  }));

Deno.test("A group that another order's page made is not offered as one made by hand", () =>
  three(async (scene) => {
    const { app } = scene;
    await prepare(app, "wm1");
    // The page of O1 died before it could report.
    const chatId = create(scene);
    const input = { orderId: "O2", customerExternalUserId: "wm1" };
    const second = await app.as("d1").flow("group.prepare", input);
    assert.ok(second.data.intentId, JSON.stringify(second));
    await app.as("d1").flow("group.cancel", {
      intentId: second.data.intentId,
    });
    const first = await app.as("d1").flow("group.prepare", {
      ...input,
      orderId: "O1",
    });
    assert.deepEqual(first.data, {
      existing: { chatId, groupName: GROUP[0] },
    });
  }));
