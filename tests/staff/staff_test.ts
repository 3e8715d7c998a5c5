/** Staff whose userids are spelled differently, and which row counts. */
import assert from "node:assert/strict";
import { createStaff } from "../../lib/staff/staff.ts";
import type { Role } from "../../lib/staff/actor.ts";
import type { Sql } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";

function staffOn(sql: Sql, admins: string[] = []) {
  let at = Date.parse("2026-11-26T08:00:00Z");
  const staff = createStaff({
    sql,
    adminUserIds: new Set(admins),
    now: () => at += 1_000,
  });
  const pushed = (wxUserId: string, name: string, role: Role = "designer") =>
    staff.upsert({ staff: [{ wxUserId, name, role }] });
  return { staff, pushed };
}

/** A row as the release before writes it: each spelling is a person. */
async function old(sql: Sql, wxUserId: string, name: string, at: string) {
  await sql`
    insert into staff (wx_user_id, name, role, departed_at, updated_at)
    values (${wxUserId}, ${name}, 'designer', null, ${at})
    on conflict (wx_user_id) do update set
      name = excluded.name, updated_at = excluded.updated_at`;
}

Deno.test("Who was pushed as zhangsan is found as ZhangSan", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql);
    await pushed("zhangsan", "张三");
    for (const spelling of ["zhangsan", "ZhangSan", "ZHANGSAN"]) {
      assert.deepEqual(await staff.find(spelling), {
        wxUserId: spelling,
        name: "张三",
        role: "designer",
        storeName: null,
      });
    }
    assert.equal(await staff.find("zhangsan2"), null);
  }));

Deno.test("Of two spellings of one person the newest push counts", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql);
    await pushed("ZhangSan", "旧名");
    await pushed("zhangsan", "张三", "operator");
    for (const spelling of ["ZhangSan", "zhangsan"]) {
      const found = await staff.find(spelling);
      assert.deepEqual([found?.name, found?.role], ["张三", "operator"]);
    }
    await pushed("ZhangSan", "张三丰", "designer");
    assert.equal((await staff.find("zhangsan"))?.name, "张三丰");
    assert.equal((await staff.names(["ZHANGSAN"])).get("ZHANGSAN"), "张三丰");
  }));

Deno.test("What the release before pushes meanwhile counts as well", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql);
    await old(sql, "ZhangSan", "旧名", "2026-11-26T07:00:00Z");
    assert.equal((await staff.find("zhangsan"))?.name, "旧名");
    await pushed("zhangsan", "张三");
    await old(sql, "ZhangSan", "更新", "2026-11-26T09:00:00Z");
    assert.equal((await staff.find("zhangsan"))?.name, "更新");
  }));

Deno.test("Two spellings in one push are one person, the last one counts", () =>
  withDatabase(async ({ sql }) => {
    const { staff } = staffOn(sql);
    const upserted = await staff.upsert({
      staff: [
        { wxUserId: "zhangsan", name: "甲", role: "designer" },
        { wxUserId: "ZhangSan", name: "乙", role: "designer" },
      ],
    });
    assert.equal(upserted, 1);
    assert.equal((await staff.find("zhangsan"))?.name, "乙");
  }));

Deno.test("Who left is nobody in any spelling; a newer push brings them back", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql);
    await pushed("ZhangSan", "张三");
    await sql`update staff set departed_at = now() where user_key = 'zhangsan'`;
    assert.equal(await staff.find("zhangsan"), null);
    await pushed("zhangsan", "张三");
    assert.equal((await staff.find("ZhangSan"))?.name, "张三");
  }));

Deno.test("ADMIN_USERIDS may be written in any case", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql, ["BOSS", "zhangsan"]);
    await pushed("ZHANGSAN", "张三");
    assert.equal((await staff.find("ZhangSan"))?.role, "admin");
    assert.equal((await staff.find("boss"))?.role, "admin");
    assert.equal((await staff.find("Boss"))?.name, "Boss");
    assert.equal(await staff.find("boss2"), null);
  }));

Deno.test("WeCom's spelling is kept, the ERP's where WeCom never told one", () =>
  withDatabase(async ({ sql }) => {
    const { staff, pushed } = staffOn(sql);
    await pushed("ZHANGSAN", "张三");
    await staff.learn(["ZhangSan", "zhangSan"]);
    assert.deepEqual(
      await staff.spelled(["LISI", "zhangsan", "lisi", "ZHANGSAN"]),
      ["LISI", "ZhangSan"],
    );
    await staff.learn(["LiSi", "zhangsan"]);
    assert.deepEqual(await staff.spelled(["LISI", "ZHANGSAN"]), [
      "LiSi",
      "zhangsan",
    ]);
  }));
