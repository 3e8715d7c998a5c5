/**
 * Recording a group: only what WeCom confirms, exactly once, whatever the
 * client says or forgets to say. Against the independent WeCom.
 */
import assert from "node:assert/strict";
import { prepare } from "../support/company.ts";
import { create, GROUP, record, three } from "./scene.ts";

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

Deno.test("A chat id that WeCom does not know (yet) is searched for, and may be told again", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    const forged = await record(scene, { intentId, chatId: "wrForged" });
    const { status, chatId: none } = forged.data;
    assert.deepEqual([status, none], ["searching", null]);
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
