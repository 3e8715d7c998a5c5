/** A process without the keys of a database does not work on it. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { checkCanary } from "../../lib/owner/canary.ts";
import { claimDatabase } from "../../lib/owner/mark.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault } from "../../lib/store/vault.ts";
import { withDatabase } from "../support/database.ts";
import {
  addContact,
  addOrder,
  COMPANY,
  NEW,
  OLD,
  refusal,
  VAULT,
} from "./rows.ts";

Deno.test("Another DATA_KEY is refused by name, at the start and by /readyz", async () => {
  await withDatabase(async ({ sql }) => {
    await claimDatabase(sql, COMPANY, VAULT);
    await checkCanary(sql, VAULT);
    const stranger = createVault(NEW);
    const ways = [
      claimDatabase(sql, COMPANY, stranger),
      checkCanary(sql, stranger),
    ];
    for (const found of await Promise.all(ways.map(refusal))) {
      assert.equal(found?.part, "canary");
      assert.equal(found?.name, "DATA_KEY");
      assert.match(found?.problem ?? "", /^is not the key of this database/);
    }
    await sql`delete from data_key_canary`;
    assert.equal((await refusal(checkCanary(sql, VAULT)))?.part, "canary");
  });
});

Deno.test("A canary that was moved or made up is none", async () => {
  await withDatabase(async ({ sql }) => {
    await claimDatabase(sql, COMPANY, VAULT);
    const place = { table: "data_key_canary", row: VAULT.keyId };
    const forgeries = [
      VAULT.numbers.seal("customer-group", place),
      VAULT.canary.seal("customer-group", { ...place, row: "another" }),
      VAULT.canary.seal("something else", place),
    ];
    for (const sealed of forgeries) {
      await sql`update data_key_canary set sealed = ${sealed}`;
      assert.equal((await refusal(checkCanary(sql, VAULT)))?.part, "canary");
    }
  });
});

Deno.test("Numbers from before the canary tell whether the key is theirs", async () => {
  const table: [string, (sql: Sql) => Promise<void>][] = [
    ["orders", (sql) => addOrder(sql, "1001")],
    ["contacts", (sql) => addContact(sql, "wm1", "+8613812348000")],
  ];
  for (const [what, add] of table) {
    await withDatabase(async ({ sql }) => {
      await add(sql);
      const wrong = claimDatabase(sql, COMPANY, createVault(NEW));
      assert.equal((await refusal(wrong))?.name, "DATA_KEY", what);
      const marks = await sql`select 1 from database_owner`;
      assert.equal(marks.length, 0, "what is refused leaves no mark");
      const right = claimDatabase(sql, COMPANY, createVault(NEW, OLD));
      assert.equal(await refusal(right), null, what);
    });
  }
});

Deno.test("A key that is new has its canary beside the one before, which is still needed", async () => {
  await withDatabase(async ({ sql }) => {
    await claimDatabase(sql, COMPANY, VAULT);
    await claimDatabase(sql, COMPANY, createVault(NEW, OLD));
    const table: [string, Secret, Secret | null, string | null][] = [
      ["both", NEW, OLD, null],
      ["both, the other way round", OLD, NEW, null],
      ["the new one alone", NEW, null, "DATA_KEY_PREVIOUS"],
      ["the one before alone", OLD, null, "DATA_KEY_PREVIOUS"],
      ["neither", new Secret("x".repeat(32)), null, "DATA_KEY"],
    ];
    for (const [keys, key, previous, name] of table) {
      const found = await refusal(checkCanary(sql, createVault(key, previous)));
      assert.equal(found?.name ?? null, name, keys);
    }
  });
});
