/**
 * Orders are found by a customer's number, whole or its last four digits, and the
 * number is in no address and in no log.
 */
import assert from "node:assert/strict";
import { createRenewer } from "../../lib/owner/renewer.ts";
import { silentLog } from "../../lib/http/log.ts";
import { mayTellNumber } from "../../lib/orders/wanted_numbers.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const MOBILE = "13800018000";

/** The newest first. */
const ORDERS = [
  { orderId: "ends", orderNo: "HT-18000", customerPhone: "13912340001" },
  { orderId: "mobile", customerPhone: `王 ${MOBILE} / 13912345678` },
  { orderId: "foreign", customerPhone: "15012348000", designerWxUserId: "d2" },
  { orderId: "landline", customerPhone: "0571-88888000转12" },
  { orderId: "none", customerPhone: "" },
].map((one, age) =>
  order({
    orderNo: `SO-${age}`,
    projectManagerWxUserId: null,
    createdAt: new Date(Date.UTC(2026, 10, 20, 12 - age)).toISOString(),
    ...one,
  })
);

async function company(
  fn: (app: TestApp, clock: { now: number }) => Promise<void>,
): Promise<void> {
  const clock = { now: Date.now() };
  await withApp({ seed: world([]).seed, now: () => clock.now }, async (app) => {
    await pushAll(app, ORDERS);
    await fn(app, clock);
  });
}

async function found(app: TestApp, as: string, query: string, input = {}) {
  const { data, status } = await app.as(as).flow("orders.list", {
    query,
    ...input,
  });
  assert.equal(status, 200, JSON.stringify(data));
  return (data.orders as { orderId: string }[]).map((one) => one.orderId);
}

const search = (app: TestApp, as: string, fields: Record<string, string>) =>
  app.as(as).fetch("/", {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      origin: ORIGIN,
    },
    body: new URLSearchParams(fields),
  });

async function addressOf(app: TestApp, as: string, query: string) {
  const response = await search(app, as, { query });
  assert.equal(response.status, 303, await response.text());
  return response.headers.get("location") ?? "";
}

async function shown(app: TestApp, as: string, path: string) {
  const response = await app.as(as).fetch(path);
  const html = await response.text();
  assert.equal(response.status, 200, html);
  const ids = [...html.matchAll(/data-testid="order-(\w+)"/g)];
  return { html, ids: ids.map(([, id]) => id) };
}

Deno.test("An order is found by the customer's number in any spelling, by its last four digits, and by what is written on it", () =>
  company(async (app) => {
    const table: [query: string, operator: string[], d1?: string[]][] = [
      [MOBILE, ["mobile"]],
      ["+86 138-0001-8000", ["mobile"]],
      ["１３８０００１８０００", ["mobile"]],
      ["13912345678", ["mobile"]],
      ["0571 8888 8000 转 12", ["landline"]],
      // A number, an end of an order's number, and what its mask shows.
      ["8000", ["ends", "mobile", "foreign", "landline"], [
        "ends",
        "mobile",
        "landline",
      ]],
      ["８０００", ["mobile", "foreign", "landline"]],
      ["尾号8000", ["mobile", "foreign", "landline"]],
      ["138****8000", ["mobile", "foreign", "landline"]],
      ["13912340001", ["ends"]],
      ["9999", []],
      ["800", ["ends"]],
      ["13800018001", []],
      // The designer, as staff are spelled.
      ["周设计", ["foreign"], []],
      ["设计", ["ends", "mobile", "foreign", "landline", "none"]],
      ["滨江", ["ends", "mobile", "foreign", "landline", "none"]],
    ];
    for (const [query, all, own] of table) {
      assert.deepEqual(await found(app, "op", query), all, query);
      const mine = own ?? all.filter((id) => id !== "foreign");
      assert.deepEqual(await found(app, "d1", query), mine, `${query}, own`);
    }
    const [first] = await found(app, "op", "8000", { limit: 1 });
    assert.equal(first, "ends");
  }));

Deno.test("A number that is searched for is sealed in the address, for its person and for half an hour", () =>
  company(async (app, clock) => {
    for (
      const query of [MOBILE, "8000", "１３８０００１８０００", "HT-18000"]
    ) {
      const path = await addressOf(app, "d1", query);
      assert.match(path, /^\/\?q=/);
      const { ids, html } = await shown(app, "d1", path);
      assert.ok(ids.includes(query === "HT-18000" ? "ends" : "mobile"), query);
      // Links go on from the sealed address.
      for (const [, href = ""] of html.matchAll(/href="([^"]+)"/g)) {
        assert.ok(!href.includes("8000") && !/query=/.test(href), href);
      }
    }
    const readable = await addressOf(app, "d1", "王女士");
    assert.equal(readable, `/?${new URLSearchParams({ query: "王女士" })}`);
    assert.equal(await addressOf(app, "d1", "  "), "/");
    const kept = await search(app, "d1", { query: "8000", state: "all" });
    assert.match(kept.headers.get("location") ?? "", /^\/\?state=all&q=/);

    const mine = await addressOf(app, "d1", MOBILE);
    const colleague = await shown(app, "d2", mine);
    assert.match(colleague.html, /这是同事的搜索/);
    assert.deepEqual(colleague.ids, ["foreign"], "the list, as always");
    assert.ok(!colleague.html.includes(MOBILE));
    clock.now += 31 * 60_000;
    const late = await shown(app, "d1", `${mine}&cursor=no-cursor`);
    assert.match(late.html, /搜索已过期/);
    assert.deepEqual(late.ids, ["ends", "mobile", "landline", "none"]);
    assert.match((await shown(app, "d1", "/?q=zzz")).html, /搜索已过期/);
  }));

Deno.test("An old address with a number in it leads to a sealed one, and no log tells the number", () =>
  company(async (app) => {
    const old = await app.as("d1").fetch(`/?query=${MOBILE}&state=all`);
    assert.equal(old.status, 303, await old.text());
    assert.match(old.headers.get("location") ?? "", /^\/\?state=all&q=/);
    await found(app, "d1", MOBILE);
    await shown(app, "d1", await addressOf(app, "d1", "尾号8000"));
    assert.ok(app.logs.length > 0);
    // Ids are drawn: they may hold any digits.
    const told = app.logs.map(({ requestId: _, time: __, ...line }) => line);
    assert.doesNotMatch(JSON.stringify(told), /8000/);
    for (const text of ["8000", "1-3 8 0", "４位８０００", "①2345"]) {
      assert.ok(mayTellNumber(text), text);
    }
    for (const text of ["王女士", "3栋50", ""]) {
      assert.ok(!mayTellNumber(text), text);
    }
  }));

Deno.test("What the release before wrote is found by the last four digits once it is renewed", () =>
  company(async (app) => {
    const { sql, vault } = app.services;
    await sql`
      update customer_order set phone_ends = null
      where order_id = any(${ORDERS.map((one) => one.orderId)}::text[])`;
    assert.deepEqual(await found(app, "op", "尾号8000"), []);
    assert.deepEqual(await found(app, "op", MOBILE), ["mobile"]);
    const renewer = createRenewer({ sql, vault, log: silentLog });
    assert.equal((await renewer.left()).orders, 5);
    await renewer.run();
    assert.equal((await renewer.left()).orders, 0);
    const all = ["mobile", "foreign", "landline"];
    assert.deepEqual(await found(app, "op", "尾号8000"), all);
  }));
