/**
 * Groups of people whose ids the ERP, WeCom's list, its members and its events
 * spell differently: one order has one group, one person one history.
 */
import assert from "node:assert/strict";
import { saveChat, saveEnd } from "../../lib/chats/mirror.ts";
import type { ToldMoves } from "../../lib/chats/told_moves.ts";
import type { Sql } from "../../lib/store/database.ts";
import { beginReading } from "../../lib/store/reading.ts";
import type { GroupChat } from "../../lib/wecom/mod.ts";
import { readEvent } from "../../lib/wecom/callback/event.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, prepare } from "../support/company.ts";
import { withDatabase } from "../support/database.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";

interface Scene {
  app: TestApp;
  stub: StubWecom;
}

/** The ERP writes lower case, WeCom says ZhangSan and LiSi. */
async function company(
  fn: (scene: Scene) => Promise<void>,
  over: Record<string, unknown> = {},
): Promise<void> {
  await withStub(async (stub, base) => {
    stub.follow("ZhangSan", "wm1", "王女士", [PHONE]);
    await withApp(
      { env: stubEnv(stub, base), sleep: () => Promise.resolve() },
      async (app) => {
        const staff = [
          { wxUserId: "zhangsan", name: "张三", role: "designer" },
          { wxUserId: "lisi", name: "李四", role: "project_manager" },
        ];
        await (await push(app, "staff", { staff })).body?.cancel();
        const orders = [order({
          designerWxUserId: "zhangsan",
          projectManagerWxUserId: "lisi",
          ...over,
        })];
        await (await push(app, "orders", { orders })).body?.cancel();
        await fn({ app, stub });
      },
    );
  });
}

const made = ({ stub }: Scene, people = ["LiSi"]) =>
  stub.create("ZhangSan", "王女士-服务群", people, ["wm1"]);

async function bound({ app }: Scene): Promise<string[]> {
  const rows = await app.services.sql<{ row: string }[]>`
    select concat_ws(' ', c.chat_id, c.order_id, i.state) as row
    from chat c left join group_intent i on i.chat_id = c.chat_id
    where c.order_id is not null and c.dismissed_at is null`;
  return rows.map(({ row }) => row);
}

Deno.test("A group whose owner and members WeCom spells differently is recorded and active", () =>
  company(async (scene) => {
    const { app } = scene;
    const { intentId, userIds } = await prepare(app, "wm1", "zhangsan");
    assert.deepEqual(userIds, ["zhangsan", "lisi"]);
    const chatId = made(scene);
    const done = await app.as("ZhangSan").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    assert.equal(done.data.status, "active", JSON.stringify(done));
    assert.deepEqual(await bound(scene), [`${chatId} O1 active`]);
    const view = await app.as("LISI").flow("group.get", { orderId: "O1" });
    const { members, missing, owner } = view.data as {
      members: { type: string; name: string }[];
      missing?: unknown;
      owner: { name: string };
    };
    const colleagues = members.filter((one) => one.type === "staff");
    assert.deepEqual(colleagues.map((one) => one.name), ["李四", "张三"]);
    assert.equal(owner.name, "张三");
    assert.equal(missing, undefined);
  }));

Deno.test("Designer and project manager in two spellings are one member, spelled as WeCom told", () =>
  company(async ({ app }) => {
    await app.services.staff.learn(["ZhangSan"]);
    const { userIds } = await prepare(app, "wm1", "zhangSAN");
    assert.deepEqual(userIds, ["ZhangSan"]);
  }, { designerWxUserId: "zhangsan", projectManagerWxUserId: "ZHANGSAN" }));

Deno.test("Going on with a creation in another spelling is going on with one's own", () =>
  company(async ({ app }) => {
    const first = await prepare(app, "wm1", "ZhangSan");
    const again = await prepare(app, "wm1", "zhangsan");
    assert.equal(again.intentId, first.intentId);
    const page = await app.as("ZHANGSAN").fetch("/orders/O1/group");
    assert.doesNotMatch(await page.text(), /张三正在建这个群/);
    const colleague = await app.as("LISI").fetch("/orders/O1/group");
    assert.match(await colleague.text(), /张三正在建这个群/);
    const cancelled = await app.as("ZHANGSAN").flow("group.cancel", {
      intentId: first.intentId,
    });
    assert.equal(cancelled.data.success, true, JSON.stringify(cancelled));
  }));

Deno.test("A group that no page reported is found in the owner's list", () =>
  company(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1", "zhangsan");
    const chatId = made(scene);
    const done = await app.as("zhangsan").flow("group.record", {
      orderId: "O1",
      intentId,
    });
    assert.equal(done.data.chatId, chatId, JSON.stringify(done));
    assert.deepEqual(await bound(scene), [`${chatId} O1 active`]);
  }));

Deno.test("An event of the group finds the intent of its people, also one of the release before", () =>
  company(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1", "zhangsan");
    await app.services.sql`
      update group_intent set created_by = 'ZHANGSAN',
        user_ids = '{ZHANGSAN,lisi}' where intent_id = ${intentId}`;
    const chatId = made(scene);
    const { inbox } = app.services;
    const fields = {
      ToUserName: "ww",
      FromUserName: "sys",
      CreateTime: String(Math.floor(Date.now() / 1000)),
      MsgType: "event",
      Event: "change_external_chat",
      ChangeType: "create",
      ChatId: chatId,
    };
    const event = readEvent(fields, Date.now());
    assert.ok(event);
    await inbox.store(fields, event);
    // Its lag is over.
    await app.services
      .sql`update inbox_event set ready_at = now() - interval '1 s'`;
    await app.services
      .sql`update inbox_task set due_at = now() - interval '1 s'`;
    assert.equal(await inbox.workOff(), 1);
    assert.deepEqual(await bound(scene), [`${chatId} O1 active`]);
  }));

Deno.test("The night finds the group of people whom the ERP spells differently, and lists each owner once", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    await prepare(app, "wm1", "zhangsan");
    const chatId = made(scene);
    // A group of ours that is known by WeCom's spelling, beside the ERP's.
    stub.create("LiSi", "别的群", [], ["wm1"]);
    for (const expected of [2, 2]) {
      const report = await app.services.reconciler.run("nightly");
      assert.equal(report?.state, "done", JSON.stringify(report));
      assert.equal(report?.counts.owners, expected);
      assert.equal(report?.counts.dismissed, 0);
    }
    assert.deepEqual(await bound(scene), [`${chatId} O1 active`]);
    const listed = stub.bodies.flatMap(({ path, body }) =>
      path.endsWith("groupchat/list")
        ? (body.owner_filter as { userid_list: string[] }).userid_list
        : []
    );
    assert.ok(!listed.slice(-2).includes("zhangsan"), "WeCom's own spelling");
  }));

Deno.test("An owner whom we know by another spelling is neither a new one nor without groups", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    const { sql, reconciler } = app.services;
    const chatId = stub.create("LiSi", "别的群", [], ["wm1"]);
    stub.followUsers.push("LiSi");
    await reconciler.run("nightly");
    await sql`update chat set owner = 'LISI'`;
    const still = await reconciler.run("nightly");
    assert.equal(still?.counts.fetched, 0, "it is listed for its owner");
    await sql`update chat set announced = nextval('reading')`;
    const read = await reconciler.run("nightly");
    assert.deepEqual([read?.counts.unchanged, read?.counts.changed], [1, 0]);
    await sql`update chat set owner = 'LISI'`;
    stub.chats.delete(chatId);
    const gone = await reconciler.run("nightly");
    assert.equal(gone?.counts.dismissed, 1, "a complete listing lacks it");
  }));

Deno.test("Who began a creation reports it in another spelling, though the order has others by now", () =>
  company(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1", "ZhangSan");
    const orders = [order({
      designerWxUserId: "wangwu",
      projectManagerWxUserId: null,
    })];
    await (await push(app, "orders", { orders })).body?.cancel();
    const refused = await app.as("LiSi").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId: made(scene),
    });
    assert.equal(refused.error, "ORDER_NOT_FOUND");
    const done = await app.as("zhangsan").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId: made(scene),
    });
    assert.equal(done.data.status, "active", JSON.stringify(done));
  }));

Deno.test("A creation that one began oneself is told as one's own, and its groups by people's names", () =>
  company(async (scene) => {
    const { app } = scene;
    const { intentId } = await prepare(app, "wm1", "ZhangSan");
    made(scene);
    made(scene);
    const reported = await app.as("ZhangSan").flow("group.record", {
      orderId: "O1",
      intentId,
    });
    assert.equal(reported.data.status, "searching", JSON.stringify(reported));
    const again = await app.as("zhangsan").flow("group.prepare", {
      orderId: "O1",
      customerExternalUserId: "wm1",
      force: true,
    });
    assert.equal(again.error, "GROUP_IN_PROGRESS");
    const { mine } = again.details as { mine: boolean };
    assert.equal(mine, true);
    const view = await app.as("LISI").flow("group.get", { orderId: "O1" });
    const candidates = view.data.candidates as { memberNames: string[] }[];
    assert.equal(candidates.length, 2);
    for (const { memberNames } of candidates) {
      assert.deepEqual(memberNames.slice(0, 2).sort(), ["张三", "李四"].sort());
    }
  }));

Deno.test("A group that somebody made by hand is offered to its owner in any spelling", () =>
  company(async (scene) => {
    const chatId = made(scene, []);
    const answer = await scene.app.as("zhangsan").flow("group.prepare", {
      orderId: "O1",
      customerExternalUserId: "wm1",
    });
    const { existing } = answer.data as { existing?: { chatId: string } };
    assert.equal(existing?.chatId, chatId, JSON.stringify(answer));
    const linked = await scene.app.as("ZHANGSAN").flow("group.link", {
      orderId: "O1",
      chatId,
    });
    assert.equal(linked.data.status, "active", JSON.stringify(linked));
  }));

Deno.test("Who lacks in the group is asked for in WeCom's spelling", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    const { intentId } = await prepare(app, "wm1", "zhangsan");
    const chatId = made(scene);
    await app.as("zhangsan").flow("group.record", {
      orderId: "O1",
      intentId,
      chatId,
    });
    await app.services.staff.learn(["LiSi", "WangWu"]);
    const chat = stub.chats.get(chatId);
    assert.ok(chat);
    chat.member_list = chat.member_list.filter((one) => one.userid !== "LiSi");
    await app.services
      .sql`update chat set synced_at = now() - interval '1 day'`;
    const view = await app.as("ZhangSan").flow("group.get", { orderId: "O1" });
    assert.deepEqual(view.data.missing, [
      { memberId: "LiSi", name: "李四", kind: "staff", reason: "left" },
    ]);
  }));

const AT = Date.parse("2026-11-26T02:00:00Z");

function answer(...members: [string, "member" | "external"][]): GroupChat {
  return {
    chatId: "wr1",
    name: "群",
    ownerWxUserId: "ZhangSan",
    createTime: AT,
    memberVersion: null,
    members: members.map(([userId, type]) => ({
      userId,
      type,
      joinTime: AT,
      joinScene: "unknown",
      invitorWxUserId: null,
      name: "",
      groupNickname: "",
      state: null,
    })),
    notice: "",
    adminWxUserIds: [],
    dropped: [],
  };
}

async function read(
  sql: Sql,
  chat: GroupChat,
  told: ToldMoves = [],
): Promise<void> {
  const reading = await beginReading(sql, () => AT + 60_000);
  await saveChat(sql, chat, reading, told);
}

async function stays(sql: Sql): Promise<string[]> {
  const rows = await sql<{ row: string }[]>`
    select concat_ws(' ', member_id, type,
      case when left_at is not null then coalesce(quit_scene, 'noticed') end)
      as row
    from chat_member order by member_id, joined_at`;
  return rows.map(({ row }) => row);
}

Deno.test("One person in another spelling neither leaves nor comes", () =>
  withDatabase(async ({ sql }) => {
    await read(sql, answer(["ZhangSan", "member"], ["LiSi", "member"]));
    await read(sql, answer(["zhangsan", "member"], ["LISI", "member"]));
    assert.deepEqual(await stays(sql), ["LiSi member", "ZhangSan member"]);
    const [row] = await sql`select owner, owner_status from chat`;
    assert.equal(row?.owner, "ZhangSan");
  }));

Deno.test("Customers whose ids differ in case alone are two", () =>
  withDatabase(async ({ sql }) => {
    await read(sql, answer(["wmAAA1", "external"], ["wmaaa1", "external"]));
    assert.equal((await stays(sql)).length, 2);
    await read(sql, answer(["wmaaa1", "external"]), [
      { kind: "left", memberId: "wmAAA1", at: AT + 5_000, scene: "left" },
    ]);
    assert.deepEqual(
      (await stays(sql)).sort(),
      ["wmAAA1 external left", "wmaaa1 external"].sort(),
    );
  }));

Deno.test("An event ends and begins the stays of a person whom it spells differently", () =>
  withDatabase(async ({ sql }) => {
    await read(sql, answer(["ZhangSan", "member"], ["LiSi", "member"]));
    await read(sql, answer(["ZhangSan", "member"]), [
      { kind: "left", memberId: "lisi", at: AT + 5_000, scene: "removed" },
    ]);
    assert.deepEqual(await stays(sql), [
      "LiSi member removed",
      "ZhangSan member",
    ]);
    // Who is back and gone again is in no answer: the event alone told of it.
    await read(sql, answer(["ZhangSan", "member"]), [
      { kind: "joined", memberId: "LISI", at: AT + 20_000, scene: "invited" },
      { kind: "left", memberId: "lisi", at: AT + 30_000, scene: "left" },
    ]);
    assert.deepEqual(await stays(sql), [
      "LiSi member removed",
      "LiSi member left",
      "ZhangSan member",
    ]);
    await saveEnd(sql, "wr1", [
      { kind: "left", memberId: "ZHANGSAN", at: AT + 40_000, scene: "left" },
    ]);
    assert.equal((await stays(sql)).at(-1), "ZhangSan member left");
  }));

Deno.test("A new spelling of the owner is no new owner", () =>
  withDatabase(async ({ sql }) => {
    await read(sql, answer(["ZhangSan", "member"]));
    await sql`update chat set owner_status = 'owner_left'`;
    const spelled = {
      ...answer(["ZhangSan", "member"]),
      ownerWxUserId: "zhangsan",
    };
    await read(sql, spelled);
    const [row] = await sql<{ ownerStatus: string }[]>`
      select owner_status from chat`;
    assert.equal(row?.ownerStatus, "owner_left");
    await read(sql, { ...spelled, ownerWxUserId: "LiSi" });
    const [heir] = await sql<{ ownerStatus: string }[]>`
      select owner_status from chat`;
    assert.equal(heir?.ownerStatus, "normal");
  }));
