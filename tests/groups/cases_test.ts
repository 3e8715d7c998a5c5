/**
 * What went wrong for people who tapped in another order than we thought: a look
 * that locked others out, two devices, a choice that somebody else made, a report
 * that was answered as an error, a group that was gone.
 */
import assert from "node:assert/strict";
import { PHONE } from "../support/company.ts";
import { create, GROUP, record, three } from "./scene.ts";

type Scene = Parameters<Parameters<typeof three>[0]>[0];

const O1 = { orderId: "O1", customerExternalUserId: "wm1" };
const LIST = "externalcontact/groupchat/list";
const GET = "externalcontact/groupchat/get";

const preview = ({ app }: Scene, as = "d1") =>
  app.as(as).flow("group.preview", O1);
const tap = (
  { app }: Scene,
  attempt: string,
  more: Record<string, unknown> = {},
  as = "d1",
) => app.as(as).flow("group.prepare", { ...O1, attempt, ...more });
const get = ({ app }: Scene) => app.as("d1").flow("group.get", O1);

/** The looks of pages that wait are shared for a moment. */
const later = () => new Promise((resolve) => setTimeout(resolve, 1_600));

async function kinds({ app }: Scene): Promise<string[]> {
  const rows = await app.services.sql<{ kind: string }[]>`
    select kind from order_event where order_id = 'O1' and intent_id is not null
    order by event_id`;
  return rows.map((row) => row.kind);
}

Deno.test("The sheet says who will be in the group, and takes nothing", () =>
  three(async (scene) => {
    const { data } = await preview(scene);
    assert.deepEqual(data, {
      groupName: GROUP[0],
      members: [
        { id: "d1", name: "陈设计", role: "designer", label: "您，群主" },
        {
          id: "p1",
          name: "吴经理",
          role: "project_manager",
          label: "项目经理",
        },
        { id: "wm1", name: "王女士", role: "customer" },
      ],
      missing: [],
      size: { members: 3, most: 40 },
      existing: null,
    });
    assert.deepEqual(await kinds(scene), []);
    const order = await scene.app.as("d1").flow("order.get", O1);
    assert.equal(order.data.group, null);
  }));

Deno.test("Who left the company or the app's scope is named, and is not put in", () =>
  three(async (scene) => {
    const { sql } = scene.app.services;
    await sql`update staff set departed_at = now() where wx_user_id = 'p1'`;
    const { data } = await preview(scene);
    assert.deepEqual(data.missing, [{
      id: "p1",
      name: "吴经理",
      role: "project_manager",
      reason: "departed",
      label: "项目经理",
      next: "请在订单系统里换成在职的同事，建群后再把同事拉进群也可以",
      note: "项目经理吴经理已经离职，不会进群。" +
        "请在订单系统里换成在职的同事，建群后再把同事拉进群也可以",
    }]);
    const prepared = await tap(scene, "phone");
    assert.deepEqual(prepared.data.userIds, ["d1"]);
  }));

Deno.test("A look locks nobody out: whoever confirms first makes the group", () =>
  three(async (scene) => {
    scene.stub.follow("p1", "wm1", "王女士", [PHONE]);
    await preview(scene);
    const colleague = await tap(scene, "theirs", {}, "p1");
    assert.equal(colleague.status, 200, JSON.stringify(colleague));
    const late = await tap(scene, "mine");
    assert.equal(late.error, "GROUP_IN_PROGRESS");
    const { mine, byName } = late.details as { mine: boolean; byName: string };
    assert.deepEqual([mine, byName], [false, "吴经理"]);
  }));

Deno.test("The tap that confirms asks WeCom nothing", () =>
  three(async (scene) => {
    await preview(scene);
    const before = scene.stub.calls.length;
    const prepared = await tap(scene, "phone");
    assert.equal(prepared.status, 200);
    assert.equal(scene.stub.calls.length, before);
    const { expiresInMs } = prepared.data as { expiresInMs: number };
    assert.ok(expiresInMs > 590_000 && expiresInMs <= 600_000);
  }));

Deno.test("Tapping again on the same page is the same creation", () =>
  three(async (scene) => {
    const taps = await Promise.all(
      Array.from({ length: 8 }, () => tap(scene, "phone")),
    );
    const ids = new Set(taps.map((one) => one.data?.intentId));
    assert.equal(ids.size, 1);
    assert.deepEqual(await kinds(scene), ["prepared", "asked"]);
  }));

Deno.test("The second device shows the group that the first one made", () =>
  three(async (scene) => {
    await preview(scene);
    await preview(scene);
    const { data: phone } = await tap(scene, "phone");
    const chatId = create(scene);
    await record(scene, { intentId: phone.intentId, chatId });
    const computer = await tap(scene, "computer");
    assert.deepEqual(computer.data, {
      existing: { chatId, groupName: GROUP[0] },
    });
  }));

Deno.test("The second device is told whose creation it is, and takes over when asked to", () =>
  three(async (scene) => {
    const { data: phone } = await tap(scene, "phone");
    await later();
    const refused = await tap(scene, "computer");
    assert.equal(refused.error, "GROUP_IN_PROGRESS");
    const { mine, intentId } = refused.details as Record<string, unknown>;
    assert.deepEqual([mine, intentId], [true, phone.intentId]);
    const blind = await tap(scene, "computer", { takeOver: true });
    assert.equal(
      (blind.details as { askFirst?: string }).askFirst,
      "group.preview",
      "nobody has looked since",
    );
    await preview(scene);
    const { data: computer } = await tap(scene, "computer", { takeOver: true });
    assert.ok(computer.intentId);
    assert.notEqual(computer.intentId, phone.intentId);
    // The phone's client had made one, after all: it is the order's.
    const chatId = create(scene);
    const late = await record(scene, { intentId: phone.intentId, chatId });
    assert.equal(late.data.status, "active");
    // The computer's is one too many, and its page is told which is the order's.
    const second = create(scene);
    const told = await record(scene, {
      intentId: computer.intentId,
      chatId: second,
    });
    assert.equal(told.error, "GROUP_ALREADY_EXISTS");
    assert.equal((told.details as { chatId: string }).chatId, chatId);
  }));

Deno.test("What an earlier creation may have made is looked for before another one", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    await scene.app.as("d1").flow("group.cancel", { intentId: data.intentId });
    const chatId = create(scene);
    const blind = await tap(scene, "later");
    assert.equal(
      (blind.details as { askFirst?: string }).askFirst,
      "group.preview",
    );
    const seen = await preview(scene);
    assert.deepEqual(seen.data.existing, { chatId, groupName: GROUP[0] });
  }));

Deno.test("A report that is stored is no error while WeCom cannot be asked", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const chatId = create(scene);
    scene.stub.spoil = (path) =>
      path === GET || path === LIST
        ? new Response("busy", { status: 503 })
        : undefined;
    for (const input of [{}, { chatId }]) {
      const told = await record(scene, { intentId: data.intentId, ...input });
      assert.equal(told.status, 200, JSON.stringify(told));
      const { success, status, chatId: none } = told.data;
      assert.deepEqual([success, status, none], [true, "searching", null]);
    }
    scene.stub.spoil = null;
    await later();
    const view = await get(scene);
    assert.deepEqual([view.data.status, view.data.chatId], ["active", chatId]);
  }));

Deno.test("A choice stays a choice, whatever its groups are called afterwards", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const [one, two] = [create(scene), create(scene)];
    const told = await record(scene, { intentId: data.intentId });
    assert.equal(told.data.status, "searching");
    const candidates = async () => {
      const view = await get(scene);
      assert.equal(view.data.status, "searching");
      const found = view.data.candidates as { chatId: string }[];
      return found.map((found) => found.chatId).sort();
    };
    assert.deepEqual(await candidates(), [one, two].sort());
    const renamed = scene.stub.chats.get(one);
    assert.ok(renamed);
    renamed.name = "改了名字";
    await later();
    await scene.app.services.reconciler.run("demand");
    await scene.app.as("d1").fetch("/orders/O1/group");
    assert.deepEqual(await candidates(), [one, two].sort());
    const chosen = await scene.app.as("d1")
      .flow("group.link", { orderId: "O1", chatId: two });
    assert.equal(chosen.data.status, "active");
  }));

Deno.test("A question that was put is not answered by itself after the creation was given up", () =>
  three(async (scene) => {
    const { data } = await tap(scene, "phone");
    const [one, two] = [create(scene), create(scene)];
    await later();
    await get(scene);
    const { intentId } = data;
    await scene.app.as("d1").flow("group.cancel", { intentId });
    const gone = scene.stub.chats.get(one);
    assert.ok(gone);
    gone.errcode = 49008;
    await later();
    const seen = (await preview(scene)).data.existing as {
      chatId: string;
      linkable?: boolean;
    };
    assert.deepEqual([seen.chatId, seen.linkable], [two, true]);
    const [bound] = await scene.app.services.sql`
      select 1 from chat where order_id is not null`;
    assert.equal(bound, undefined);
  }));

Deno.test("A dissolved group is refused as that, and not offered again", () =>
  three(async (scene) => {
    const chatId = create(scene);
    const offered = (await preview(scene)).data.existing as {
      chatId: string;
      linkable: boolean;
    };
    assert.deepEqual([offered.chatId, offered.linkable], [chatId, true]);
    const chat = scene.stub.chats.get(chatId);
    assert.ok(chat);
    // It was dissolved, and no event came.
    chat.errcode = 49008;
    const link = { orderId: "O1", chatId };
    const refused = await scene.app.as("d1").flow("group.link", link);
    assert.equal(refused.error, "CHAT_REJECTED");
    assert.match(refused.msg ?? "", /可能已经解散/);
    assert.equal((await preview(scene)).data.existing, null);
    assert.ok((await tap(scene, "phone")).data.intentId);
  }));

Deno.test("A second group that lives on is told of, and asked about when the first is dissolved", () =>
  three(async (scene) => {
    // The page died after the group was made, and WeCom did not show it yet.
    await tap(scene, "first page");
    await later();
    assert.equal((await preview(scene)).data.existing, null);
    const { data } = await tap(scene, "second page", { takeOver: true });
    const twin = create(scene);
    const group = create(scene);
    await record(scene, { intentId: data.intentId, chatId: group });
    // The night, or an event, brings the first one.
    await scene.app.services.reconciler.run("demand");
    const told = await get(scene);
    assert.equal(told.data.chatId, group);
    const chat = scene.stub.chats.get(group);
    assert.ok(chat);
    chat.errcode = 49008;
    await scene.app.services.sql`
      update chat set synced_at = synced_at - interval '1 minute'`;
    const asked = await get(scene);
    assert.equal(asked.error, "GROUP_NOT_FOUND");
    const { reason, candidates } = asked.details as {
      reason: string;
      candidates: { chatId: string }[];
    };
    assert.deepEqual(
      [reason, candidates.map((one) => one.chatId)],
      ["not_chosen", [twin]],
    );
    const link = { orderId: "O1", chatId: twin };
    const linked = await scene.app.as("d1").flow("group.link", link);
    assert.equal(linked.data.chatId, twin);
  }));

Deno.test("A page of the release before goes on: the lease at its sheet, and no attempt", () =>
  three(async (scene) => {
    const { app } = scene;
    const old = await app.as("d1").flow("group.prepare", O1);
    const again = await app.as("d1").flow("group.prepare", O1);
    assert.equal(old.data.intentId, again.data.intentId);
    // Its sheet is nobody's creation to go on with.
    const page = await (await app.as("d1").fetch("/orders/O1/group")).text();
    assert.doesNotMatch(page, /没有走完|正在建/);
    const chatId = create(scene);
    const input = { intentId: old.data.intentId, chatId };
    assert.equal((await record(scene, input)).data.status, "active");
  }));

Deno.test("A couple's group has both customers in it", () =>
  three(async (scene) => {
    const ids = ["wm1", "wm4"];
    const both = await scene.app.as("d1").flow("group.prepare", {
      orderId: "O1",
      customerExternalUserIds: ids,
      attempt: "phone",
    });
    assert.deepEqual(both.data.externalUserIds, ids);
    const none = await scene.app.as("d1")
      .flow("group.prepare", { orderId: "O1" });
    assert.equal(none.error, "VALIDATION_FAILED");
  }));
