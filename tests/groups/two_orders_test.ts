/**
 * Two orders of one customer, prepared at once by the same people, with the same
 * name: a group is bound to neither by guessing.
 */
import assert from "node:assert/strict";
import { prepare } from "../support/company.ts";
import { create, GROUP, record, three } from "./scene.ts";

const get = (
  { app }: Parameters<Parameters<typeof three>[0]>[0],
  orderId: string,
) => app.as("d1").flow("group.get", { orderId });

async function bound(
  { app }: Parameters<Parameters<typeof three>[0]>[0],
): Promise<Record<string, string>> {
  const rows = await app.services.sql<{ orderId: string; chatId: string }[]>`
    select order_id, chat_id from chat where order_id is not null`;
  return Object.fromEntries(rows.map((row) => [row.orderId, row.chatId]));
}

/** The looks of pages that wait are shared for a moment. */
const later = () => new Promise((resolve) => setTimeout(resolve, 1_600));

Deno.test("A second group that one order's page made is not taken for the other order's", () =>
  three(async (scene) => {
    const { app } = scene;
    const first = await prepare(app, "wm1");
    const second = await prepare(app, "wm1", "d1", "O2");
    const chatId = create(scene);
    const done = await record(scene, { intentId: first.intentId, chatId });
    assert.equal(done.data.status, "active");
    // The client was slow, and was asked a second time.
    const twice = create(scene);
    await later();
    await get(scene, "O2");
    assert.deepEqual(await bound(scene), { O1: chatId });
    const input = { orderId: "O2", intentId: second.intentId };
    assert.equal((await record(scene, input)).data.status, "searching");
    const view = await get(scene, "O2");
    const candidates = view.data.candidates as { chatId: string }[];
    assert.deepEqual(candidates.map((one) => one.chatId), [twice]);
    // Whoever knows that it is the other order's, after all, says so.
    const input2 = { orderId: "O2", chatId: twice };
    const linked = await app.as("d1").flow("group.link", input2);
    assert.equal(linked.data.status, "active");
    assert.deepEqual(await bound(scene), { O1: chatId, O2: twice });
  }));

Deno.test("Both pages die: each of two groups is asked about, and told as the client knew it", () =>
  three(async (scene) => {
    const { app } = scene;
    const first = await prepare(app, "wm1");
    const second = await prepare(app, "wm1", "d1", "O2");
    const one = create(scene);
    const two = create(scene);
    await later();
    for (const orderId of ["O1", "O2"]) await get(scene, orderId);
    assert.deepEqual(await bound(scene), {});
    // The outboxes are told in the other order.
    const input = { orderId: "O2", intentId: second.intentId, chatId: two };
    assert.equal((await record(scene, input)).data.chatId, two);
    const rest = { intentId: first.intentId, chatId: one };
    assert.equal((await record(scene, rest)).data.chatId, one);
    assert.deepEqual(await bound(scene), { O1: one, O2: two });
  }));

Deno.test("An order that is prepared when the other one has its group is not asked for nothing", () =>
  three(async (scene) => {
    const { app } = scene;
    const first = await prepare(app, "wm1");
    const chatId = create(scene);
    await record(scene, { intentId: first.intentId, chatId });
    await later();
    const second = await app.as("d1").flow("group.prepare", {
      orderId: "O2",
      customerExternalUserId: "wm1",
    });
    assert.ok(second.data.intentId, JSON.stringify(second));
    await later();
    const next = create(scene);
    const input = { orderId: "O2", intentId: second.data.intentId };
    const told = await record(scene, input);
    assert.deepEqual([told.data.status, told.data.chatId], ["active", next]);
    assert.equal(told.data.groupName, GROUP[0]);
  }));
