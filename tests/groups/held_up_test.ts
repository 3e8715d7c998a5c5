/**
 * Orders that somebody wants a group for, after what went before: an attempt that
 * yielded, a colleague whom the app does not see any more, a choice whose groups
 * have changed. There is always a way on.
 */
import assert from "node:assert/strict";
import { push } from "../support/app.ts";
import { order, PHONE, prepare } from "../support/company.ts";
import { refuse } from "../support/stub_wecom.ts";
import { create, GROUP, record, three } from "./scene.ts";

type Scene = Parameters<Parameters<typeof three>[0]>[0];

const O1 = { orderId: "O1", customerExternalUserId: "wm1" };
const LIST = "externalcontact/groupchat/list";

const tap = (
  { app }: Scene,
  attempt: string,
  more: Record<string, unknown> = {},
  as = "d1",
) => app.as(as).flow("group.prepare", { ...O1, attempt, ...more });

function dissolve({ stub }: Scene, chatId: string): void {
  const chat = stub.chats.get(chatId) ?? assert.fail("no chat");
  chat.errcode = 49008;
}

/** As after the seconds for which a group counts as known. */
const age = ({ app }: Scene) =>
  app.services.sql`update chat set synced_at = synced_at - interval '1 minute'`;

async function kinds({ app }: Scene): Promise<string[]> {
  const rows = await app.services.sql<{ kind: string }[]>`
    select kind from order_event
    where order_id = 'O1' and kind not in ('joined', 'left', 'customer_joined')
    order by event_id`;
  return rows.map((row) => row.kind);
}

Deno.test("After a linked group was dissolved, an attempt from before it holds nobody up", () =>
  three(async (scene) => {
    const { app } = scene;
    await prepare(app, "wm1");
    const byHand = create(scene, "d1", ["wm1"], ["d1"]);
    const linked = await app.as("d1")
      .flow("group.link", { orderId: "O1", chatId: byHand });
    assert.equal(linked.data.status, "active", JSON.stringify(linked));
    dissolve(scene, byHand);
    await age(scene);
    const again = await prepare(app, "wm1");
    const chatId = create(scene);
    const done = await record(scene, { intentId: again.intentId, chatId });
    assert.equal(done.data.status, "active");
  }));

Deno.test("A colleague who began, and is not to be seen any more, holds nobody up", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const first = await prepare(app, "wm1");
    await app.as("d1").flow("group.cancel", { intentId: first.intentId });
    stub.follow("d2", "wm1", "王女士", [PHONE]);
    const pushed = await push(app, "orders", {
      orders: [order({ designerWxUserId: "d2" })],
    });
    assert.equal(pushed.status, 200);
    stub.spoil = (path, said) =>
      path === LIST && said.includes('"d1"') ? refuse(60111) : undefined;
    const again = await prepare(app, "wm1", "d2");
    assert.ok(again.intentId);
  }));

Deno.test("A group that was asked about can be chosen when a colleague has left it", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    const [one] = [create(scene), create(scene)];
    await record(scene, { intentId });
    const chat = stub.chats.get(one) ?? assert.fail("no chat");
    chat.member_list = chat.member_list.filter((row) => row.userid !== "p1");
    const chosen = await app.as("d1")
      .flow("group.link", { orderId: "O1", chatId: one });
    assert.equal(chosen.data?.status, "active", JSON.stringify(chosen));
    const view = await app.as("d1").flow("group.get", { orderId: "O1" });
    const missing = view.data.missing as { memberId: string }[];
    assert.deepEqual(missing.map((row) => row.memberId), ["p1"]);
  }));

Deno.test("A report that was refused for good holds the order no longer than its lease", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1");
    const foreign = stub.create("op", GROUP[0], ["d1", "p1"], ["wm1"]);
    const refused = await record(scene, { intentId, chatId: foreign });
    assert.equal(refused.error, "CHAT_REJECTED");
    const { data } = await app.as("d1").flow("group.preview", O1);
    const { expiresInMs } = data.inProgress as { expiresInMs: number };
    assert.ok(expiresInMs <= 10 * 60_000, String(expiresInMs));
  }));

Deno.test("A second group that a late report names becomes the order's, and is told as that", () =>
  three(async (scene) => {
    const { intentId } = await prepare(scene.app, "wm1");
    const first = create(scene);
    await record(scene, { intentId, chatId: first });
    const second = create(scene);
    dissolve(scene, first);
    await age(scene);
    await scene.app.as("d1").flow("group.get", { orderId: "O1" });
    const late = await record(scene, { intentId, chatId: second });
    assert.equal(late.data.status, "active", JSON.stringify(late));
    const told = await kinds(scene);
    assert.equal(told.filter((kind) => kind === "bound").length, 2, `${told}`);
  }));

Deno.test("A page that asks for another customer looks first at what it may have made", () =>
  three(async (scene) => {
    const { app, stub } = scene;
    stub.follow("d1", "wm2", "王先生", [PHONE]);
    await tap(scene, "phone");
    const chatId = create(scene);
    const other = await app.as("d1").flow("group.prepare", {
      orderId: "O1",
      customerExternalUserId: "wm2",
      attempt: "phone",
    });
    assert.equal(
      (other.details as { askFirst?: string })?.askFirst,
      "group.preview",
      JSON.stringify(other),
    );
    const seen = await app.as("d1").flow("group.preview", {
      orderId: "O1",
      customerExternalUserId: "wm2",
    });
    assert.deepEqual(seen.data.existing, { chatId, groupName: GROUP[0] });
  }));
