/**
 * The further customers of an order while keys change, and beside the release
 * before, which knows nothing of them.
 */
import assert from "node:assert/strict";
import { silentLog } from "../../lib/http/log.ts";
import { openFurther } from "../../lib/orders/number.ts";
import { createOrders } from "../../lib/orders/orders.ts";
import { createMatcher } from "../../lib/contacts/match.ts";
import { createRenewer } from "../../lib/owner/renewer.ts";
import { createPostgresCache } from "../../lib/store/cache_postgres.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault, type Vault } from "../../lib/store/vault.ts";
import { withDatabase } from "../support/database.ts";
import { addContact, NEW, OLD, VAULT } from "./rows.ts";

const MAN = "13812348000";
const WIFE = "13900002222";
const FURTHER = [{ name: "李先生", phone: WIFE }];
const ORDER = {
  orderId: "O1",
  customerName: "王女士",
  customerPhone: MAN,
  designerWxUserId: "d1",
};

function ordersOf(sql: Sql, vault: Vault) {
  const cache = createPostgresCache({ sql, now: Date.now });
  const staleReads = { read: <T>(work: (sql: Sql) => T) => work(sql) };
  return createOrders({
    sql,
    searching: sql,
    staleReads: staleReads as Parameters<typeof createOrders>[0]["staleReads"],
    vault,
    cache,
    erp: null,
    spend: () => {},
    now: Date.now,
  });
}

async function assertCouple(sql: Sql, vault: Vault, what: string) {
  const orders = ordersOf(sql, vault);
  const order = await orders.get("O1");
  const match = await createMatcher({ sql, vault }).match(order, "d1");
  assert.equal(match.status, "matched", what);
  assert.deepEqual(
    match.candidates.map((one) => [one.externalUserId, one.of?.name]),
    [["wm-man", "王女士"], ["wm-wife", "李先生"]],
    what,
  );
  assert.deepEqual(openFurther(vault, order), FURTHER, what);
}

const found = async (sql: Sql, vault: Vault, text: string) => {
  const page = await ordersOf(sql, vault).list({ of: null, limit: 5, text });
  return page.orders.length;
};

async function fill(sql: Sql) {
  await ordersOf(sql, VAULT).upsert([{ ...ORDER, further: FURTHER }]);
  await addContact(sql, "wm-man", `+86${MAN}`);
  await addContact(sql, "wm-wife", `+86${WIFE}`);
}

Deno.test("A couple is matched and found before, while and after a key is changed", () =>
  withDatabase(async ({ sql }) => {
    await fill(sql);
    await assertCouple(sql, VAULT, "before");
    const ring = createVault(NEW, OLD);
    await assertCouple(sql, ring, "both keys, nothing renewed");
    const renewer = createRenewer({ sql, vault: ring, log: silentLog });
    assert.equal((await renewer.left()).orders, 1);
    const { orders } = await renewer.run();
    assert.deepEqual(orders, { renewed: 1, unreadable: 0 });
    await assertCouple(sql, ring, "both keys, all renewed");
    const alone = createVault(NEW);
    await assertCouple(sql, alone, "the new key alone");
    for (const text of [WIFE, "2222"]) {
      assert.equal(await found(sql, alone, text), 1, text);
    }
    assert.equal((await renewer.left()).orders, 0);
    // An ERP that knows no others pushes while the old key's rows are there.
    await ordersOf(sql, alone).upsert([ORDER]);
    await assertCouple(sql, alone, "pushed by the older form");
  }));

Deno.test("The release before writes an order's hashes without the further ones, and they are found out anew", () =>
  withDatabase(async ({ sql }) => {
    await fill(sql);
    await sql`
      update customer_order set phone_hashes = ${[VAULT.index(`+86${MAN}`)]},
        phone_ends = ${[VAULT.endIndex("8000")]}`;
    await assertCouple(sql, VAULT, "read from what is sealed");
    const renewer = createRenewer({ sql, vault: VAULT, log: silentLog });
    assert.equal((await renewer.run()).orders.renewed, 1);
    await assertCouple(sql, VAULT, "stored again");
    assert.equal(await found(sql, VAULT, WIFE), 1);
    assert.equal((await renewer.run()).orders.renewed, 0);
  }));

Deno.test("Further customers whose key is away are kept for when it is back", () =>
  withDatabase(async ({ sql }) => {
    await fill(sql);
    const other = createVault(NEW);
    await ordersOf(sql, other).upsert([ORDER]);
    const order = await ordersOf(sql, other).get("O1");
    assert.deepEqual(openFurther(other, order), []);
    const ring = createVault(NEW, OLD);
    await assertCouple(sql, ring, "the key is back");
  }));
