/** Contacts with the customer's name are suggested, whichever way finds them. */
import assert from "node:assert/strict";
import { suggestedAmong } from "../../lib/contacts/named.ts";
import { userKey } from "../../lib/staff/user_id.ts";
import type { Sql } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";

/** Whose, name, remark; the newest last. */
const CONTACTS: readonly {
  id: string;
  name: string;
  remark?: string;
  of?: string;
  number?: boolean;
  gone?: boolean;
}[] = [
  { id: "by name", name: "小王芳" },
  { id: "by remark", name: "晴天", remark: "王芳 滨江" },
  { id: "with a number", name: "王芳", number: true },
  { id: "gone", name: "王芳", gone: true },
  { id: "a colleague's", name: "王芳", of: "d2" },
  { id: "another", name: "王强", remark: "芳" },
  { id: "of both", name: "王芳", remark: "王芳" },
];

async function write(sql: Sql): Promise<void> {
  for (const [n, one] of CONTACTS.entries()) {
    const { id, name, remark = "", of = "d1" } = one;
    const at = new Date(Date.UTC(2026, 0, 1 + n));
    await sql`
      insert into contact (external_user_id, name, type, updated_at)
      values (${id}, ${name}, 'wechat', ${at})`;
    await sql`
      insert into contact_follow (wx_user_id, external_user_id, remark,
        added_at, seen_in_run, deleted_at, updated_at)
      values (${of}, ${id}, ${remark}, ${at}, 1, ${
      one.gone ? at : null
    }, ${at})`;
    if (!one.number) continue;
    await sql`insert into contact_phone values (${of}, ${id}, 'hash', '')`;
  }
}

Deno.test("A person's contacts with the customer's name and no number are suggested, the newest first, however many have that name", () =>
  withDatabase(async ({ sql }) => {
    await write(sql);
    const named = async (name: string, few: number, gate = sql`true`) => {
      const rows = await sql<{ externalUserId: string }[]>`
        with ${
        suggestedAmong(sql, sql`c.external_user_id, f.added_at`, {
          name,
          key: userKey("D1"),
          gate,
          few,
        })
      }
        select * from suggested order by added_at desc`;
      return rows.map((row) => row.externalUserId);
    };
    for (const few of [1, 1_000]) {
      assert.deepEqual(await named("王芳", few), [
        ...["of both", "by remark", "by name"],
      ]);
      assert.deepEqual(await named("芳 滨", few), ["by remark"]);
      assert.deepEqual(await named("没有", few), []);
      assert.deepEqual(await named("", few), []);
      assert.deepEqual(await named("王芳", few, sql`false`), []);
    }
  }));
