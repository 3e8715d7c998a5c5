/** Changing DATA_KEY while people work: nothing is lost, everything matches. */
import assert from "node:assert/strict";
import { createMatcher } from "../../lib/contacts/match.ts";
import { openNumber, type StoredNumber } from "../../lib/contacts/number.ts";
import { renewContactNumbers } from "../../lib/contacts/renew_numbers.ts";
import { rememberWritten, writtenFor } from "../../lib/contacts/written.ts";
import { silentLog } from "../../lib/http/log.ts";
import type { FurtherCustomer } from "../../lib/orders/customers.ts";
import { readOrderNumber } from "../../lib/orders/number.ts";
import { createOrders, type Orders } from "../../lib/orders/orders.ts";
import { renewOrderNumbers } from "../../lib/orders/renew_numbers.ts";
import { checkCanary } from "../../lib/owner/canary.ts";
import { claimDatabase } from "../../lib/owner/mark.ts";
import { createRenewer } from "../../lib/owner/renewer.ts";
import { createPostgresCache } from "../../lib/store/cache_postgres.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault, type Vault } from "../../lib/store/vault.ts";
import { withDatabase } from "../support/database.ts";
import { run } from "../support/product.ts";
import { stubEnv, withStub } from "../support/stub_wecom.ts";
import {
  addContact,
  addOrder,
  COMPANY,
  NEW,
  OLD,
  refusal,
  VAULT,
} from "./rows.ts";

/** More than a batch and a half of each. */
const MANY = 330;
const mobile = (n: number) => `138${String(10_000_000 + n)}`;
const orderId = (n: number) => `order-${String(n).padStart(4, "0")}`;

async function fill(
  sql: Sql,
  many = MANY,
  further: FurtherCustomer[] = [],
): Promise<void> {
  for (let n = 0; n < many; n++) {
    await addOrder(sql, orderId(n), { text: mobile(n), further });
    await addContact(sql, `wm${n}`, `+86${mobile(n)}`);
  }
}

function ordersOf(sql: Sql, vault: Vault): Orders {
  const cache = createPostgresCache({ sql, now: Date.now });
  return createOrders({
    sql,
    searching: sql,
    staleReads: { read: (work) => work(sql) },
    vault,
    cache,
    erp: null,
    spend: () => {},
    now: Date.now,
  });
}

/** Everything opens with these keys, and each order finds its customer. */
async function assertWhole(sql: Sql, vault: Vault, many = MANY) {
  const orders = await sql<{ orderId: string; phoneSealed: string }[]>`
    select order_id, phone_sealed from customer_order order by order_id`;
  assert.deepEqual(
    orders.map((order) => readOrderNumber(vault, order)),
    Array.from({ length: many }, (_, n) => mobile(n)),
  );
  const contacts = await sql<StoredNumber[]>`
    select external_user_id, phone_hash, phone_sealed from contact_phone`;
  assert.deepEqual(
    new Map(
      contacts.map((row) => [row.externalUserId, openNumber(vault, row)]),
    ),
    new Map(
      Array.from({ length: many }, (_, n) => [`wm${n}`, `+86${mobile(n)}`]),
    ),
  );
  assert.equal(contacts.length, many, "none is there twice");
  const matcher = createMatcher({ sql, vault });
  for (const n of [0, 1, 199, 200, many - 1].filter((n) => n < many)) {
    const order = await ordersOf(sql, vault).get(orderId(n));
    const match = await matcher.match(order, "d1");
    assert.equal(match.status, "matched", orderId(n));
    assert.equal(match.candidates[0]?.externalUserId, `wm${n}`);
    assert.equal(match.candidates[0]?.phone, maskOf(n));
  }
}
const maskOf = (n: number) =>
  `${mobile(n).slice(0, 3)}****${mobile(n).slice(-4)}`;

Deno.test("A rotation that is killed in the middle goes on; both keys read at each step, and all matches", async () => {
  await withDatabase(async ({ sql }) => {
    await fill(sql);
    await claimDatabase(sql, COMPANY, VAULT);
    await assertWhole(sql, VAULT);
    const ring = createVault(NEW, OLD);
    await claimDatabase(sql, COMPANY, ring);
    const waiting = createVault(OLD, NEW);
    await assertWhole(sql, ring);

    for (const renew of [renewOrderNumbers, renewContactNumbers]) {
      const killed = new AbortController();
      const onBatch = () => killed.abort();
      const { signal } = killed;
      await assert.rejects(renew({ sql, vault: ring, signal, onBatch }));
      await assertWhole(sql, ring);
      await assertWhole(sql, waiting);
      const alone = await refusal(checkCanary(sql, createVault(NEW)));
      assert.equal(alone?.name, "DATA_KEY_PREVIOUS", "it is still needed");
    }

    const renewer = createRenewer({ sql, vault: ring, log: silentLog });
    const left = await renewer.left();
    const { orders, contacts } = await renewer.run();
    assert.equal(left.orders, orders.renewed);
    assert.equal(left.contacts, contacts.renewed);
    for (const { renewed, unreadable } of [orders, contacts]) {
      assert.ok(renewed > 0 && renewed < MANY, "what was done is done");
      assert.equal(unreadable, 0);
    }
    await assertWhole(sql, ring);
    assert.equal(await renewer.end(), 0);
    const alone = createVault(NEW);
    await claimDatabase(sql, COMPANY, alone);
    await assertWhole(sql, alone);
    const before = await refusal(claimDatabase(sql, COMPANY, VAULT));
    assert.equal(before?.name, "DATA_KEY");
    const again = await renewer.run();
    for (const { renewed } of Object.values(again)) assert.equal(renewed, 0);
  });
});

Deno.test("What is pushed or read while keys change stays, once and in the new words", async () => {
  const many = 40;
  await withDatabase(async ({ sql }) => {
    await fill(sql, many);
    const ring = createVault(NEW, OLD);
    // A sync has stored the number of wm0 with the new key beside the old one.
    await addContact(sql, "wm0", `+86${mobile(0)}`, { vault: ring });
    const orders = ordersOf(sql, ring);
    const renewers = [1, 2].map(() =>
      createRenewer({ sql, vault: ring, log: silentLog })
    );
    await Promise.all([
      ...renewers.map((renewer) => renewer.run()),
      ...Array.from({ length: many }, (_, n) =>
        orders.upsert([{
          orderId: orderId(n),
          customerName: "王女士",
          customerPhone: n % 2 ? mobile(n) : `139${mobile(n).slice(3)}`,
          designerWxUserId: "d1",
        }])),
    ]);
    await renewers[0]?.run();
    const rows = await sql<
      { orderId: string; phoneSealed: string; phoneHashes: string[] }[]
    >`select order_id, phone_sealed, phone_hashes from customer_order
      order by order_id`;
    for (const [n, row] of rows.entries()) {
      const text = n % 2 ? mobile(n) : `139${mobile(n).slice(3)}`;
      assert.equal(readOrderNumber(ring, row), text);
      assert.deepEqual(row.phoneHashes, [ring.index(`+86${text}`)]);
    }
    const contacts = await sql<StoredNumber[]>`select * from contact_phone`;
    assert.equal(contacts.length, many);
    const alone = createVault(NEW);
    assert.ok(contacts.every((row) => openNumber(alone, row) !== null));
  });
});

Deno.test("What none of our keys opens stays as it is, is told, and holds nothing up", async () => {
  await withDatabase(async ({ sql }) => {
    await fill(sql, 3);
    await claimDatabase(sql, COMPANY, VAULT);
    const lost = { vault: createVault(NEW) };
    await addOrder(sql, "lost", lost);
    await addContact(sql, "lost", "+8613900000000", lost);
    const ring = createVault(OLD);
    const logged: string[] = [];
    const renewer = createRenewer({
      sql,
      vault: ring,
      log: (level, name) => logged.push(`${level} ${name}`),
    });
    const { orders, contacts } = await renewer.run();
    assert.deepEqual([orders.unreadable, contacts.unreadable], [1, 1]);
    assert.ok(logged.includes("error numbers.renewed"));
    assert.equal(await renewer.end(), 0);
    assert.equal(
      (await sql`
      select 1 from contact_phone where external_user_id = 'lost'`).length,
      1,
    );
  });
});

Deno.test("Whatever is sealed in the database is renewed, or soon gone by itself", async () => {
  // A value of the cache lasts two hours at most, a welcome code 20 s.
  const shortLived = ["welcome_code.code_sealed"];
  await withDatabase(async ({ sql }) => {
    await fill(sql, 1, [{ name: "李先生", phone: mobile(1) }]);
    const chosen = {
      orderId: orderId(0),
      wxUserId: "d1",
      externalUserId: "wm0",
    };
    await sql.begin((sql) =>
      rememberWritten(sql, VAULT, chosen, [mobile(0)], new Date())
    );
    await createRenewer({
      sql,
      vault: createVault(NEW, OLD),
      log: silentLog,
    }).run();
    const alone = createVault(NEW);
    await assertWhole(sql, alone, 1);
    const [written] = await writtenFor(sql, alone, chosen);
    assert.equal(written?.number, mobile(0));
    const columns = await sql<{ tableName: string; columnName: string }[]>`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and column_name like '%sealed'
        and table_name <> 'data_key_canary'`;
    for (const { tableName, columnName } of columns) {
      const name = `${tableName}.${columnName}`;
      if (shortLived.includes(name)) continue;
      const sealed = await sql<{ value: string }[]>`
        select ${sql(columnName)} as value from ${sql(tableName)}`;
      assert.ok(sealed.length > 0, `${name} is not filled by this test`);
      for (const { value } of sealed) {
        assert.ok(value.startsWith(alone.prefix), `${name} is not renewed`);
      }
    }
  });
});

Deno.test("deno task rotate says what it did, and what may be thrown away", async () => {
  await withDatabase(async ({ sql, url }) => {
    await fill(sql, 5);
    await claimDatabase(sql, COMPANY, VAULT);
    await withStub(async (stub, base) => {
      const rotate = (keys: Record<string, string>) =>
        run(["task", "--quiet", "rotate"], {
          ...stubEnv(stub, base),
          WECOM_CORP_ID: COMPANY.corpId,
          DATABASE_URL: url,
          CACHE_STORE: "postgres",
          SESSION_SECRET: "session-secret-0123456789-ABCDEFGH",
          PUBLIC_ORIGIN: "http://localhost:8000",
          ...keys,
        });
      const both = {
        DATA_KEY: NEW.reveal(),
        DATA_KEY_PREVIOUS: OLD.reveal(),
      };
      const first = await rotate(both);
      assert.equal(first.code, 0, first.text);
      assert.match(
        first.text,
        /订单：重新加密 5 个号码\n联系人：重新加密 5 个/,
      );
      assert.match(first.text, /可以去掉 DATA_KEY_PREVIOUS/);
      await assertWhole(sql, createVault(NEW), 5);
      const after = await rotate({ DATA_KEY: NEW.reveal() });
      assert.equal(after.code, 0, after.text);
      const refused = await rotate({ DATA_KEY: OLD.reveal() });
      assert.equal(refused.code, 1);
      assert.match(refused.text, /DATA_KEY is not the key of this database/);
    });
  });
});
