/**
 * Groups that were made besides an order's own: told of as soon as we know of
 * them, and never what another order waits for.
 */
import assert from "node:assert/strict";
import { prepare } from "../support/company.ts";
import { create, record, three } from "./scene.ts";

type Scene = Parameters<Parameters<typeof three>[0]>[0];

async function twins({ app }: Scene, orderId = "O1"): Promise<string[]> {
  const view = await app.as("d1").flow("group.get", { orderId });
  assert.equal(view.data?.status, "active", JSON.stringify(view));
  const found = (view.data.twins ?? []) as { chatId: string }[];
  return found.map((one) => one.chatId);
}

Deno.test("A second group that a report names is told of", () =>
  three(async (scene) => {
    const { intentId } = await prepare(scene.app, "wm1");
    const [group, second] = [create(scene), create(scene)];
    await record(scene, { intentId, chatId: group });
    const refused = await record(scene, { intentId, chatId: second });
    assert.equal(refused.error, "GROUP_ALREADY_EXISTS");
    assert.deepEqual(await twins(scene), [second]);
  }));

Deno.test("What is known when the order's group is reported is told of", () =>
  three(async (scene) => {
    const { intentId } = await prepare(scene.app, "wm1");
    const group = create(scene);
    const second = create(scene);
    // A look for another order has brought it.
    await prepare(scene.app, "wm3", "d1", "O3");
    await record(scene, { intentId, chatId: group });
    assert.deepEqual(await twins(scene), [second]);
  }));

Deno.test("A second group that only the night finds is told of", () =>
  three(async (scene) => {
    const { intentId } = await prepare(scene.app, "wm1");
    const group = create(scene);
    await record(scene, { intentId, chatId: group });
    const second = create(scene);
    await scene.app.services.reconciler.run("demand");
    assert.deepEqual(await twins(scene), [second]);
  }));

Deno.test("The new group of another order is no twin, though the same people are in it", () =>
  three(async (scene) => {
    const { app } = scene;
    const first = await prepare(app, "wm1");
    const second = await prepare(app, "wm1", "d1", "O2");
    const group = create(scene);
    const theirs = create(scene);
    // A look for a third order sees both before anybody reported.
    await prepare(app, "wm3", "d1", "O3");
    await record(scene, { intentId: first.intentId, chatId: group });
    assert.deepEqual(await twins(scene), []);
    const done = await record(scene, {
      orderId: "O2",
      intentId: second.intentId,
      chatId: theirs,
    });
    assert.equal(done.data.status, "active");
    assert.deepEqual(await twins(scene), []);
    assert.deepEqual(await twins(scene, "O2"), []);
  }));

Deno.test("While WeCom does not show the group that was reported, no other is taken by itself", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    // The client was asked twice; the first group lags no more.
    const other = create(scene);
    const reported = create(scene);
    const chat = stub.chats.get(reported) ?? assert.fail("no chat");
    chat.errcode = 40050;
    const told = await record(scene, { intentId, chatId: reported });
    assert.equal(told.data.status, "searching");
    const view = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(view.data.status, "searching", JSON.stringify(view));
    delete chat.errcode;
    await new Promise((resolve) => setTimeout(resolve, 1_600));
    const done = await app.as("d1").flow("group.get", { orderId: "O1" });
    assert.equal(done.data.chatId, reported);
    assert.deepEqual(await twins(scene), [other]);
  }));
