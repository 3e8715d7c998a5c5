/** Contacts of people whose userid each source spells in its own way. */
import assert from "node:assert/strict";
import { oddlySpelled, respell } from "../../lib/contacts/respell.ts";
import type { TestApp } from "../support/app.ts";
import { push, withApp } from "../support/app.ts";
import { order, PHONE } from "../support/company.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";

const BATCH = "externalcontact/batch/get_by_user";

interface Scene {
  app: TestApp;
  stub: StubWecom;
}

/** WeCom says ZhangSan and LiSi, the ERP zhangsan and LISI. */
async function company(fn: (scene: Scene) => Promise<void>): Promise<void> {
  await withStub(async (stub, base) => {
    stub.follow("ZhangSan", "wm1", "王女士", [PHONE]);
    await withApp({ env: stubEnv(stub, base) }, async (app) => {
      const pushed = await push(app, "staff", {
        staff: [
          { wxUserId: "zhangsan", name: "张三", role: "designer" },
          { wxUserId: "LISI", name: "李四", role: "project_manager" },
          { wxUserId: "boss", name: "运营", role: "operator" },
        ],
      });
      assert.equal(pushed.status, 200, await pushed.text());
      const orders = await push(app, "orders", {
        orders: [order({
          designerWxUserId: "ZHANGSAN",
          projectManagerWxUserId: "lisi",
        })],
      });
      assert.equal(orders.status, 200, await orders.text());
      await fn({ app, stub });
    });
  });
}

async function match({ app }: Scene, as: string, refresh = false) {
  const answer = await app.as(as).flow("customer.match", {
    orderId: "O1",
    refresh,
  });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const { status, candidates, followers } = answer.data as {
    status: string;
    candidates: { externalUserId: string }[];
    followers: { wxUserId: string; name: string }[];
  };
  return {
    status,
    candidates: candidates.map((one) => one.externalUserId),
    followers: followers.map((one) => one.name),
  };
}

const MATCHED = { status: "matched", candidates: ["wm1"], followers: [] };

Deno.test("Contacts match in whatever case the person's id comes, and are read once", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    for (const spelling of ["ZhangSan", "zhangsan", "ZHANGSAN"]) {
      assert.deepEqual(await match(scene, spelling), MATCHED);
    }
    assert.equal(stub.count(BATCH), 1);
    const rows = await app.services.sql<{ wxUserId: string }[]>`
      select wx_user_id from contact_follow`;
    assert.deepEqual(rows.map((row) => row.wxUserId), ["zhangsan"]);
  }));

Deno.test("An answer in another case than was asked for does not double a contact", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    assert.deepEqual(await match(scene, "ZhangSan"), MATCHED);
    // From now on WeCom spells the same person differently.
    const [mine] = stub.contacts.get("ZhangSan") ?? [];
    assert.ok(mine);
    mine.follow_info.userid = "zhangSAN";
    mine.follow_info.remark = "新备注";
    assert.deepEqual(await match(scene, "ZhangSan", true), MATCHED);
    const rows = await app.services.sql<{ remark: string; living: boolean }[]>`
      select remark, deleted_at is null as living from contact_follow`;
    assert.deepEqual([...rows], [{ remark: "新备注", living: true }]);
  }));

Deno.test("A colleague on the order who has the customer is named, in any case", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    stub.follow("LiSi", "wm2", "别人");
    assert.deepEqual(await match(scene, "LiSi"), {
      status: "none",
      candidates: [],
      followers: ["张三"],
    });
    // The same person in another case is no colleague.
    assert.deepEqual(await match(scene, "zhangSan"), MATCHED);
    await app.services.sql`
      update staff set departed_at = now() where wx_user_id = 'zhangsan'`;
    assert.deepEqual((await match(scene, "LiSi")).followers, []);
  }));

Deno.test("WeCom is asked in its own spelling, also for a colleague whom the ERP spells differently", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    await app.services.staff.learn(["ZhangSan"]);
    stub.follow("LiSi", "wm2", "别人");
    await match(scene, "LiSi");
    const asked = stub.bodies.filter(({ path }) => path === BATCH)
      .map(({ body }) => (body.userid_list as string[])[0]);
    assert.deepEqual(asked.sort(), ["LiSi", "ZhangSan"]);
  }));

Deno.test("Own contacts may be listed under any spelling of one's id, others' not", () =>
  company(async (scene) => {
    const list = (as: string, wxUserId: string) =>
      scene.app.as(as).flow("contacts.list", { wxUserId });
    for (const spelling of ["ZhangSan", " ZHANGSAN ", "zhangsan"]) {
      const answer = await list("ZhangSan", spelling);
      assert.equal(answer.status, 200, JSON.stringify(answer));
      assert.equal((answer.data.externalContacts as unknown[]).length, 1);
    }
    assert.equal((await list("LiSi", "zhangsan")).error, "FORBIDDEN");
    const overseen = await list("BOSS", "zhangSAN");
    assert.equal((overseen.data.externalContacts as unknown[]).length, 1);
  }));

Deno.test("A customer who was chosen by hand stays chosen under another spelling", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    stub.follow("ZhangSan", "wm9", "没有号码");
    for (
      const [as, externalUserId] of [["zhangsan", "wm1"], ["ZhangSan", "wm9"]]
    ) {
      const linked = await app.as(as ?? "").flow("customer.link", {
        orderId: "O1",
        externalUserId,
      });
      assert.equal(linked.status, 200, JSON.stringify(linked));
    }
    const found = await match(scene, "ZHANGSAN");
    assert.deepEqual([found.status, found.candidates], ["matched", ["wm9"]]);
    const list = await app.as("zhangSan").flow("orders.list");
    const [first] = list.data.orders as { matchState: string }[];
    assert.equal(first?.matchState, "matched");
  }));

Deno.test("An empty list is believed of who has the right under another spelling", () =>
  company(async (scene) => {
    const { app, stub } = scene;
    assert.deepEqual(await match(scene, "zhangsan"), MATCHED);
    stub.contacts.set("ZhangSan", []);
    assert.equal((await match(scene, "zhangsan", true)).status, "none");
    const numbers = await app.services.sql`select 1 from contact_phone`;
    assert.equal(numbers.length, 0, "deleted, not hidden");
  }));

Deno.test("Asking for a refresh in turns of case is counted as one person", () =>
  company(async (scene) => {
    const answers: number[] = [];
    for (let turn = 0; turn < 22; turn++) {
      const as = turn % 2 === 0 ? "ZhangSan" : "zhangsan";
      const { status } = await scene.app.as(as).flow("customer.match", {
        orderId: "O1",
        refresh: true,
      });
      answers.push(status);
    }
    assert.deepEqual(answers.slice(-2), [429, 429]);
    assert.ok(answers.slice(0, 20).every((status) => status === 200));
  }));

/** As the release before has it: rows under the spelling of the session. */
async function leftBehind({ sql }: TestApp["services"]): Promise<void> {
  await sql`select setval('reading', 10)`;
  await sql`
    insert into contact (external_user_id, name, type, updated_at)
    values ('wm1', '王女士', 'wechat', now()), ('wm7', '旧客户', 'wechat', now())`;
  await sql`
    insert into contact_follow (wx_user_id, external_user_id, remark, added_at,
      seen_in_run, deleted_at, updated_at, reading)
    values ('ZhangSan', 'wm1', 'late', now(), 1, null, now(), 5),
      ('zhangsan', 'wm1', 'early', now(), 1, null, now(), 4),
      ('ZHANGSAN', 'wm1', 'first', now(), 1, null, now(), 3),
      ('ZhangSan', 'wm7', 'left', now(), 1, now(), now(), 5),
      ('WangWu', 'wm7', 'gone', now(), 1, now(), now(), 6)`;
  await sql`
    insert into contact_phone
      (wx_user_id, external_user_id, phone_hash, phone_sealed)
    values ('ZhangSan', 'wm1', 'h1', 's1'), ('WangWu', 'wm7', 'h7', 's7')`;
  await sql`
    insert into contact_sync
      (wx_user_id, run, running, next_cursor, seen, started_at, completed_at)
    values ('ZhangSan', 3, false, '', 1, now(), now())`;
}

async function mirrored({ sql }: TestApp["services"]) {
  const rows = await sql<{ row: string }[]>`
    select concat_ws(' ', wx_user_id, external_user_id, remark,
      case when deleted_at is not null then 'gone' end,
      (select string_agg(phone_hash, ',') from contact_phone p
        where p.wx_user_id = f.wx_user_id
          and p.external_user_id = f.external_user_id)) as row
    from contact_follow f order by 1`;
  return rows.map(({ row }) => row);
}

Deno.test("What the release before wrote is moved to the normal form when the person is read", () =>
  company(async ({ app, stub }) => {
    const { services } = app;
    await leftBehind(services);
    await services.contactSync.refresh("zhangsan");
    assert.equal(stub.count(BATCH), 1);
    const [first, ...others] = await mirrored(services);
    assert.match(first ?? "", /^WangWu wm7 gone gone h7$/, "not this person's");
    assert.deepEqual(
      others.map((row) => row.split(" ").slice(0, 3).join(" ")),
      ["zhangsan wm1 王女士", "zhangsan wm7 left"],
    );
    const spellings = await services.sql`
      select 1 from contact_sync where wx_user_id <> 'zhangsan'`;
    assert.equal(spellings.length, 0);
  }));

Deno.test("Of one relation under several spellings the latest reading counts, and numbers of who left stay", () =>
  company(async ({ app }) => {
    const { services } = app;
    await leftBehind(services);
    const keys = await oddlySpelled(services.sql);
    assert.deepEqual(keys.sort(), ["wangwu", "zhangsan"]);
    for (const key of keys) await respell(services.sql, key);
    assert.deepEqual(await mirrored(services), [
      "wangwu wm7 gone gone h7",
      "zhangsan wm1 late h1",
      "zhangsan wm7 left gone",
    ]);
    assert.deepEqual(await oddlySpelled(services.sql), []);
  }));

Deno.test("The night reads people by their normal form and moves what is left", () =>
  company(async ({ app, stub }) => {
    const { services } = app;
    stub.follow("LiSi", "wm2", "别人");
    await leftBehind(services);
    const report = await services.reconciler.run("nightly");
    assert.equal(report?.state, "done", JSON.stringify(report));
    assert.equal(report?.counts.people, 2);
    assert.deepEqual(
      (await mirrored(services)).map((row) =>
        row.split(" ").slice(0, 2).join(" ")
      ),
      ["lisi wm2", "wangwu wm7", "zhangsan wm1", "zhangsan wm7"],
    );
    assert.deepEqual(await services.staff.spelled(["lisi", "ZHANGSAN"]), [
      "LiSi",
      "ZhangSan",
    ]);
    const calls = stub.count(BATCH);
    const again = await services.reconciler.run("nightly");
    assert.equal(again?.counts.peopleHidden, 0);
    assert.equal(stub.count(BATCH), calls, "read since: fresh enough");
  }));
