/** The normal form of userids, by name: what is one person, and what is not. */
import assert from "node:assert/strict";
import fc from "../support/fast_check.ts";
import { userId } from "../../lib/erp/text.ts";
import { distinctUsers, isSameUser, userKey } from "../../lib/staff/user_id.ts";
import { withDatabase } from "../support/database.ts";

const FORMS: readonly [name: string, id: string, form: string][] = [
  ["lower case is the normal form", "zhangsan", "zhangsan"],
  ["a name of two words", "ZhangSan", "zhangsan"],
  ["capitals", "ZHANGSAN", "zhangsan"],
  ["what else a userid may have", "Li-Si_2@A.B", "li-si_2@a.b"],
  ["digits alone", "10086", "10086"],
  ["64 bytes", "Ab".repeat(32), "ab".repeat(32)],
  ["Chinese", "张三", "张三"],
  ["full-width letters are other letters", "ＡB", "Ａb"],
  ["the Turkish capital stays", "İI", "İi"],
  ["the Kelvin sign is no k", "\u212aK", "\u212ak"],
  ["letters with marks stay", "ÄÉ", "ÄÉ"],
  ["blanks are not cut here", " A ", " a "],
  ["nothing", "", ""],
];

for (const [name, id, form] of FORMS) {
  Deno.test(`Normal form of a userid: ${name}`, () => {
    assert.equal(userKey(id), form);
  });
}

Deno.test("The database has the same normal form, whatever its locale", () =>
  withDatabase(async ({ sql }) => {
    const ids = FORMS.map(([, id]) => id);
    const rows = await sql<{ form: string }[]>`
      select lower(id collate "C") as form
      from unnest(${ids}::text[]) with ordinality as one (id, n) order by n`;
    assert.deepEqual(
      rows.map(({ form }) => form),
      FORMS.map(([, , form]) => form),
    );
  }));

Deno.test("Two spellings are one person when only ASCII case differs", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (id) => {
    assert.ok(isSameUser(id, userKey(id)));
    assert.equal(userKey(userKey(id)), userKey(id));
    assert.equal(userKey(id).length, id.length);
    assert.ok(
      [...id].every((mark, at) =>
        mark === [...userKey(id)][at] || /^[A-Z]$/.test(mark)
      ),
    );
  }));
  assert.ok(!isSameUser("zhangsan", "zhangsan2"));
  assert.ok(!isSameUser("zhang-san", "zhang_san"));
});

Deno.test("Each person is named once, as spelled first", () => {
  assert.deepEqual(
    distinctUsers(["ZhangSan", "lisi", "ZHANGSAN", "LiSi", "zhangsan"]),
    ["ZhangSan", "lisi"],
  );
});

const WRITTEN: readonly [name: string, id: string, taken: string | null][] = [
  ["blanks around it are cut", "  ZhangSan\t", "ZhangSan"],
  ["its spelling is kept", "ZhangSan", "ZhangSan"],
  ["64 bytes are the most", "a".repeat(64), "a".repeat(64)],
  ["65 bytes are too many", "a".repeat(65), null],
  ["bytes count, not characters", "张".repeat(22), null],
  ["21 Chinese characters are 63 bytes", "张".repeat(21), "张".repeat(21)],
  ["blanks alone are none", "  ", null],
];

for (const [name, id, taken] of WRITTEN) {
  Deno.test(`A userid as the ERP writes it: ${name}`, () => {
    assert.equal(userId.safeParse(id).data ?? null, taken);
  });
}
