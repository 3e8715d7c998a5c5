/** What release 2de4c27 wrote, and goes on writing while instances change. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { openNumber, type StoredNumber } from "../../lib/contacts/number.ts";
import { silentLog } from "../../lib/http/log.ts";
import { createRenewer } from "../../lib/owner/renewer.ts";
import type { Sql } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";
import { sealBefore } from "../support/sealed_before.ts";
import { DATA_KEY } from "../support/app.ts";
import { withStubbedApp } from "../support/company.ts";
import { addContact, addOrder, OLD, VAULT } from "./rows.ts";

/** As that release stored a contact's number: under whatever it had found. */
async function addBefore(
  sql: Sql,
  externalUserId: string,
  number: string,
): Promise<void> {
  await addContact(sql, externalUserId, number);
  await sql`update contact_phone set phone_sealed = ${sealBefore(OLD, number)}
    where external_user_id = ${externalUserId}`;
}

async function numbersOf(sql: Sql): Promise<Record<string, string[]>> {
  const rows = await sql<StoredNumber[]>`
    select * from contact_phone order by external_user_id, phone_hash`;
  const found: Record<string, string[]> = {};
  for (const row of rows) {
    const number = openNumber(VAULT, row);
    assert.equal(row.phoneHash, VAULT.index(number ?? ""));
    assert.ok(row.phoneSealed.startsWith(VAULT.prefix));
    (found[row.externalUserId] ??= []).push(number ?? "");
    found[row.externalUserId]?.sort();
  }
  return found;
}

Deno.test("Its numbers are found again in what it glued together, and its readers marked", async () => {
  await withDatabase(async ({ sql }) => {
    await addBefore(sql, "wm-plain", "+8613812348000");
    await addBefore(sql, "wm-landline", "+8657188886666;ext=8012");
    await addBefore(sql, "wm-none", "12345");
    await addContact(sql, "wm-since", "+8613812348001", { wxUserId: "d2" });
    const row = {
      run: 1,
      running: false,
      nextCursor: "",
      seen: 1,
      startedAt: new Date(),
      completedAt: new Date(),
      total: 1,
      phoneRules: 1,
    };
    for (const wxUserId of ["d1", "d2"]) {
      await sql`insert into contact_sync ${sql({ wxUserId, ...row })}`;
    }
    await createRenewer({ sql, vault: VAULT, log: silentLog }).run();
    assert.deepEqual(await numbersOf(sql), {
      "wm-landline": ["+8657188886666;ext=8012"],
      "wm-plain": ["+8613812348000"],
      "wm-since": ["+8613812348001"],
    });
    const marks = await sql<{ wxUserId: string; phoneRules: number }[]>`
      select wx_user_id, phone_rules from contact_sync order by wx_user_id`;
    assert.deepEqual(marks.map((row) => [row.wxUserId, row.phoneRules]), [
      ["d1", 0],
      ["d2", 1],
    ]);
  });
});

Deno.test("Its orders are hashed again from their text, also when it writes over ours", async () => {
  await withDatabase(async ({ sql }) => {
    await addOrder(sql, "1001");
    // It knows nothing of phone_rules, and leaves it as it is.
    const text = "1.13812348001 2.13912348002";
    await sql`update customer_order set phone_hashes = '{glued}',
      phone_sealed = ${sealBefore(OLD, text)}`;
    await createRenewer({ sql, vault: VAULT, log: silentLog }).run();
    const [row] = await sql<{ phoneHashes: string[]; phoneSealed: string }[]>`
      select phone_hashes, phone_sealed from customer_order`;
    assert.deepEqual(
      row?.phoneHashes,
      ["+8613812348001", "+8613912348002"].map(VAULT.index),
    );
    assert.ok(row?.phoneSealed.startsWith(VAULT.prefix));
  });
});

Deno.test("A night reads contacts anew that were read under its rules, past the twelve hours", () =>
  withStubbedApp(async ({ app, stub }) => {
    const { sql, contactSync, reconciler } = app.services;
    const calls = () =>
      stub.calls.filter((path) => path.includes("batch/get_by_user")).length;
    await contactSync.refresh("d1");
    const read = calls();
    await reconciler.run("task");
    assert.equal(calls(), read, "read a moment ago, by the rules of today");
    await sql`update contact_sync set phone_rules = 0`;
    await reconciler.run("task");
    assert.equal(calls(), read + 1);
    const [row] = await sql<{ phoneRules: number }[]>`
      select phone_rules from contact_sync where wx_user_id = 'd1'`;
    assert.equal(row?.phoneRules, 1);
  }));

Deno.test("Whoever is read again is sealed anew, once", () =>
  withStubbedApp(async ({ app }) => {
    const { sql, contactSync, vault } = app.services;
    await contactSync.refresh("d1");
    const before = sealBefore(new Secret(DATA_KEY), "+8613812348000");
    await sql`update contact_phone set phone_sealed = ${before}`;
    await contactSync.refresh("d1");
    const rows = await sql<StoredNumber[]>`select * from contact_phone`;
    assert.equal(rows.length, 1);
    assert.ok(rows[0]?.phoneSealed.startsWith(vault.prefix));
    const match = await app.as("d1").flow("customer.match", { orderId: "O1" });
    assert.equal(match.data.status, "matched");
  }));
