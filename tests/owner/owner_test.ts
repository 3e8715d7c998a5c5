/** A database knows whose it is: everybody else is refused, by name. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import {
  checkCompany,
  claimDatabase,
  refuseStranger,
} from "../../lib/owner/mark.ts";
import { Owner } from "../../lib/owner/owner.ts";
import { openDatabase, type Sql } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";
import {
  addDemo,
  addGroup,
  addOrder,
  addStaff,
  COMPANY,
  OTHER,
  refusal,
  SANDBOX,
  VAULT,
} from "./rows.ts";

Deno.test("Who starts first on an empty database has it; everybody else is refused by name", async () => {
  const table: [Owner, Owner, RegExp | null][] = [
    [COMPANY, COMPANY, null],
    [COMPANY, OTHER, /^belongs to the company ww1, and WECOM_CORP_ID is ww2$/],
    [COMPANY, SANDBOX, /^belongs to the company ww1: the sandbox does not/],
    [SANDBOX, SANDBOX, null],
    [SANDBOX, COMPANY, /^belongs to the sandbox: its demo rows must not/],
  ];
  for (const [first, second, expected] of table) {
    await withDatabase(async ({ sql }) => {
      await claimDatabase(sql, first, VAULT);
      await checkCompany(sql, first);
      const ways = [
        claimDatabase(sql, second, VAULT),
        refuseStranger(sql, second),
        checkCompany(sql, second),
      ];
      for (const found of await Promise.all(ways.map(refusal))) {
        assert.equal(found === null, expected === null);
        if (expected === null) continue;
        assert.equal(found?.part, "company");
        assert.equal(found?.name, "DATABASE_URL");
        assert.match(found?.problem ?? "", expected);
      }
    });
  }
});

Deno.test("A database without a mark is marked by whose rows it holds", async () => {
  const table: [string, (sql: Sql) => Promise<void>, string[]][] = [
    ["nothing", () => Promise.resolve(), ["sandbox", "company"]],
    ["the demo alone", addDemo, ["sandbox"]],
    ["a company's staff", (sql) => addStaff(sql, "d1"), ["company"]],
    ["a company's orders", (sql) => addOrder(sql, "1001"), ["company"]],
    ["a company's groups alone", addGroup, ["company"]],
    ["an order whose id only looks like a demo's", async (sql) => {
      await addOrder(sql, "demo-7");
      await sql`update customer_order set order_no = '2026-7'`;
    }, ["company"]],
    ["both beside each other", async (sql) => {
      await addDemo(sql);
      await addOrder(sql, "1001");
    }, []],
    ["the demo and groups that came of it", async (sql) => {
      await addDemo(sql);
      await addGroup(sql);
    }, ["sandbox"]],
  ];
  for (const [rows, add, welcome] of table) {
    await withDatabase(async ({ sql }) => {
      await add(sql);
      const owners = { sandbox: SANDBOX, company: COMPANY };
      const found: string[] = [];
      for (const [name, owner] of Object.entries(owners)) {
        const refused = await refusal(refuseStranger(sql, owner));
        if (refused === null) found.push(name);
        else assert.equal(refused.part, "company");
      }
      assert.deepEqual(found, welcome, rows);
      if (found.length === 1) {
        const owner = found[0] === "sandbox" ? SANDBOX : COMPANY;
        assert.equal(await refusal(claimDatabase(sql, owner, VAULT)), null);
      }
    });
  }
});

Deno.test("Processes that start at once mark it once, and only one company has it", async () => {
  await withDatabase(async ({ sql, url }) => {
    const owners = [COMPANY, OTHER, COMPANY, OTHER];
    const pools = await Promise.all(
      owners.map(() =>
        openDatabase({ url: new Secret(url), dataDir: "unused", max: 1 })
      ),
    );
    const found = await Promise.all(
      pools.map(({ sql }, n) =>
        refusal(claimDatabase(sql, owners[n] ?? COMPANY, VAULT))
      ),
    );
    for (const pool of pools) await pool.close();
    const marks = await sql<{ corpId: string }[]>`
      select corp_id from database_owner`;
    assert.equal(marks.length, 1);
    assert.deepEqual(
      found.map((refused) => refused === null),
      owners.map(({ corpId }) => corpId === marks[0]?.corpId),
    );
    assert.equal((await sql`select 1 from data_key_canary`).length, 1);
  });
});

Deno.test("A stranger is refused before it migrates, and a schema without the mark is named", async () => {
  await withDatabase(async ({ sql }) => {
    await sql`drop table database_owner`;
    await addOrder(sql, "1001");
    const stranger = await refusal(refuseStranger(sql, SANDBOX));
    assert.equal(stranger?.part, "company");
    assert.equal(await refusal(refuseStranger(sql, COMPANY)), null);
    const found = await refusal(claimDatabase(sql, COMPANY, VAULT));
    assert.equal(found?.part, "schema");
  });
});

Deno.test("A database that was exchanged under a running process is noticed", async () => {
  await withDatabase(async ({ sql }) => {
    await claimDatabase(sql, COMPANY, VAULT);
    await sql`delete from database_owner`;
    const found = await refusal(checkCompany(sql, COMPANY));
    assert.equal(found?.part, "company");
  });
});

Deno.test("The documented removal of the demo leaves a company what is its own", async () => {
  const text = await Deno.readTextFile(
    new URL("../../docs/deployment.md", import.meta.url),
  );
  const [, removal] = /```sql\n(begin;\n[^`]*demo-[^`]*)```/.exec(text) ?? [];
  assert.ok(removal, "it is documented");
  await withDatabase(async ({ sql }) => {
    await addDemo(sql);
    await addStaff(sql, "d1");
    await addOrder(sql, "1001");
    await addGroup(sql);
    await sql`update chat set order_id = (
      select min(order_id) from customer_order where order_id like 'demo-%')`;
    assert.ok(await refusal(refuseStranger(sql, COMPANY)));
    await sql.unsafe(removal).simple();
    assert.equal(await refusal(claimDatabase(sql, COMPANY, VAULT)), null);
    const left = await sql`
      select order_id as id from customer_order
      union all select wx_user_id from staff union all select chat_id from chat`;
    assert.deepEqual(left.map((row) => row.id).sort(), ["1001", "d1", "wr1"]);
  });
});
