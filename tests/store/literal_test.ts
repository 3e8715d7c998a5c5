/** Numbers that stand in the text of a statement, and nothing else does. */
import assert from "node:assert/strict";
import { literal } from "../../lib/store/literal.ts";
import { withDatabase } from "../support/database.ts";

Deno.test("A whole number becomes part of the statement, and nothing else can", () =>
  withDatabase(async ({ sql }) => {
    const rows = await sql`
      select n from generate_series(1, 9) n order by n desc
      limit ${literal(sql, 2)}`;
    assert.deepEqual(rows.map((row) => row["n"]), [9, 8]);
    const query = sql`select ${literal(sql, -7)} as seven`;
    assert.equal((await query)[0]?.["seven"], -7);
    for (const number of [1.5, NaN, Infinity, "1; drop table staff"]) {
      assert.throws(() => literal(sql, number as number), RangeError);
    }
  }));
