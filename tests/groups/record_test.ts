/**
 * Recording a group: only what WeCom confirms, exactly once, whatever the
 * client says or forgets to say. Against the independent WeCom.
 */
import assert from "node:assert/strict";
import type { Answer } from "../support/app.ts";
import {
  order,
  PHONE,
  prepare,
  pushAll,
  type StubbedApp,
  withStubbedApp,
} from "../support/company.ts";
import { createServices } from "../../lib/services.ts";

const GROUP = ["王女士-服务群", ["d1", "p1"], ["wm1"]] as const;
const create = (
  { stub }: StubbedApp,
  owner = "d1",
  ids = ["wm1"],
  people = ["d1", "p1"],
) => stub.create(owner, GROUP[0], people, ids);
const record = (
  { app }: StubbedApp,
  input: Record<string, unknown>,
  as = "d1",
): Promise<Answer> =>
  app.as(as).flow("group.record", { orderId: "O1", ...input });

/** Two orders of d1, for the same customer, and one of another customer. */
const three = (fn: (scene: StubbedApp) => Promise<void>) =>
  withStubbedApp(async (scene) => {
    await pushAll(scene.app, [
      order(),
      order({ orderId: "O2" }),
      order({
        orderId: "O3",
        customerPhone: "13900000000",
        customerName: "李先生",
      }),
    ]);
    scene.stub.follow("d1", "wm3", "李先生", ["13900000000"]);
    scene.stub.follow("d1", "wm4", "外人");
    await fn(scene);
  });

Deno.test("A group that lacks somebody, or is somebody else's, or is unknown, is refused", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const old = Math.floor(Date.now() / 1000) - 300;
    const cases: [string, () => string][] = [
      ["customer missing", () => create(scene, "d1", ["wm4"])],
      ["project manager missing", () => create(scene, "d1", ["wm1"], ["d1"])],
      ["foreign owner", () => create(scene, "d2")],
      ["dissolved", () => {
        const chatId = create(scene);
        const chat = stub.chats.get(chatId);
        if (chat) chat.errcode = 49008;
        return chatId;
      }],
      ["no customer group", () => {
        const chatId = create(scene);
        const chat = stub.chats.get(chatId);
        if (chat) chat.errcode = 90501;
        return chatId;
      }],
    ];
    const { intentId } = await prepare(app, "wm1");
    for (const [name, make] of cases) {
      const chatId = make();
      const chat = stub.chats.get(chatId);
      if (chat) chat.create_time = old;
      const answer = await record(scene, { intentId, chatId });
      assert.equal(answer.error, "CHAT_REJECTED", name);
      assert.equal(answer.status, 422);
      stub.chats.delete(chatId);
      const view = await app.as("d1").flow("order.get", { orderId: "O1" });
      assert.notEqual(
        (view.data.group as { status: string }).status,
        "active",
        name,
      );
      const bound = await app.services
        .sql`select 1 from chat where order_id is not null`;
      assert.equal(bound.length, 0, name);
    }
    const right = create(scene);
    const done = await record(scene, {
      intentId,
      chatId: right,
      groupName: "别的名字",
    });
    assert.equal(done.data.status, "active");
    assert.equal(
      done.data.groupName,
      GROUP[0],
      "the name is WeCom's, not the client's",
    );
  }));

Deno.test("A chat id that WeCom does not know (yet) is refused, and may be recorded later", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    const forged = await record(scene, { intentId, chatId: "wrForged" });
    assert.equal(forged.error, "CHAT_REJECTED");
    assert.ok(stub.count("externalcontact/groupchat/get") <= 8);
    const chatId = create(scene);
    let lag = 3;
    stub.spoil = (path) =>
      path === "externalcontact/groupchat/get" && lag-- > 0
        ? Response.json({ errcode: 40050, errmsg: "invalid chatid" })
        : undefined;
    const done = await record(scene, { intentId, chatId });
    assert.equal(done.data.status, "active", "a lag of seconds is waited for");
  }));

Deno.test("Without a chat id the server finds the group itself, now or later", () =>
  three(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1");
    const searching = await record(scene, { intentId });
    assert.deepEqual(searching.data, {
      success: true,
      chatId: null,
      groupName: GROUP[0],
      status: "searching",
    });
    assert.equal(
      (await record(scene, { intentId, chatId: null })).data.status,
      "searching",
    );
    const get = await app.as("p1").flow("group.get", { orderId: "O1" });
    assert.equal(get.data.status, "searching");
    const other = create(scene, "d1", ["wm4"]);
    const chatId = create(scene);
    // The looks of pages that wait are shared for a moment.
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    const found = await record(scene, { intentId });
    assert.equal(found.data.chatId, chatId);
    assert.equal(found.data.status, "active");
    assert.notEqual(chatId, other);
  }));

Deno.test("A chat belongs to one order, an order has one living group", () =>
  three(async (scene) => {
    const { app } = scene;
    const first = await prepare(app, "wm1");
    const second = await prepare(app, "wm1", "d1", "O2");
    const third = await prepare(app, "wm3", "d1", "O3");
    const chatId = create(scene);
    assert.equal(
      (await record(scene, { intentId: first.intentId, chatId })).data.status,
      "active",
    );
    for (
      const [orderId, intentId] of [["O2", second.intentId], [
        "O3",
        third.intentId,
      ]]
    ) {
      const began = performance.now();
      const taken = await record(scene, { orderId, intentId, chatId });
      assert.equal(taken.error, "CHAT_BOUND_TO_OTHER_ORDER", orderId);
      assert.equal(taken.status, 409);
      assert.ok(performance.now() - began < 2_000, "it is known at once");
    }
    const another = create(scene);
    const more = await record(scene, {
      intentId: first.intentId,
      chatId: another,
    });
    assert.equal(more.error, "GROUP_ALREADY_EXISTS");
    assert.equal((more.details as { chatId: string }).chatId, chatId);
    assert.equal(
      (await record(scene, {
        orderId: "O2",
        intentId: second.intentId,
        chatId: another,
      })).data.status,
      "active",
    );
    const mixed = await record(scene, {
      orderId: "O2",
      intentId: third.intentId,
      chatId,
    });
    assert.equal(
      mixed.error,
      "VALIDATION_FAILED",
      "an intent of another order",
    );
    assert.equal(
      (await record(scene, { intentId: "no-such", chatId })).error,
      "VALIDATION_FAILED",
    );
  }));

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

Deno.test("A late report of a group that was really made still counts", () =>
  three(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1");
    await app.as("d1").flow("group.cancel", { intentId });
    const gone = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(gone.error, "GROUP_NOT_FOUND");
    const chatId = create(scene);
    const late = await record(scene, { intentId, chatId });
    assert.equal(late.data.status, "active");
    const two = await prepare(app, "wm1", "d1", "O2");
    await app.services
      .sql`update group_intent set expires_at = now() - interval '1 minute', created_at = now() - interval '11 minutes' where intent_id = ${two.intentId}`;
    const expired = await record(scene, {
      orderId: "O2",
      intentId: two.intentId,
      chatId: create(scene),
    });
    assert.equal(expired.data.status, "active");
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
