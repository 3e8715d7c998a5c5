/** The search among orders finds what is there, newest first, whatever finds it. */
import assert from "node:assert/strict";
import { isInScope, type Scope, selectNewest } from "../../lib/orders/scope.ts";
import { selectPage } from "../../lib/orders/list.ts";
import { searchOrders } from "../../lib/orders/search.ts";
import type { Sql } from "../../lib/store/database.ts";
import { folded, searchTerms } from "../../lib/store/search_terms.ts";
import { withDatabase } from "../support/database.ts";

interface Told {
  id: string;
  no: string;
  name: string;
  store: string | null;
  designer: string;
  manager: string | null;
  grouped: boolean;
  at: Date;
}

const NAMES = ["王芳", "王芳芳", "李芳", "欧阳王芳", "Anna Li"];
const STORES = ["滨江店", "江北店", null];

/** Old orders and new ones, each text now among many and now alone. */
function company(): Told[] {
  return Array.from({ length: 60 }, (_, n): Told => ({
    id: `o${String(n).padStart(2, "0")}`,
    no: `HT-${n < 30 ? "old" : "NEW"}${100 + n}`,
    name: n === 3 ? "龘" : NAMES[(n * 7 + n % 4) % NAMES.length] ?? "",
    store: STORES[n % 3] ?? null,
    designer: n % 4 === 0 ? "D1" : "d2",
    manager: n % 5 === 0 ? "d1" : null,
    grouped: n % 6 === 0 || n === 7,
    at: new Date(Date.UTC(2026, 0, 1, 0, n - n % 2)),
  }));
}

async function write(sql: Sql, orders: readonly Told[]): Promise<void> {
  for (const one of orders) {
    await sql`
      insert into customer_order (order_id, order_no, customer_name,
        phone_sealed, phone_hashes, designer_wx_user_id,
        project_manager_wx_user_id, store_name, created_at, updated_at)
      values (${one.id}, ${one.no}, ${one.name}, '', '{}', ${one.designer},
        ${one.manager}, ${one.store}, ${one.at}, ${one.at})`;
    if (!one.grouped) continue;
    await sql`
      insert into chat (chat_id, order_id, name, owner, created_at, synced_at)
      values (${`wr-${one.id}`}, ${one.id}, '', 'd1', ${one.at}, ${one.at})`;
  }
}

/** What must be found, from the same orders. */
function expected(orders: readonly Told[], text: string, scope: Scope) {
  const isOf = (one: Told) =>
    scope.of === null ||
    [one.designer, one.manager].some((id) => id?.toLowerCase() === scope.of);
  const isBehind = ({ at, id }: Told) =>
    scope.after === null || at < scope.after.at ||
    at.getTime() === scope.after.at.getTime() && id < scope.after.orderId;
  return orders.filter((one) =>
    [one.no, one.name, one.store ?? ""].some((field) =>
      folded(field).includes(folded(text))
    ) && isOf(one) && isBehind(one) &&
    (scope.grouped === undefined || scope.grouped === one.grouped)
  ).sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1))
    .map((one) => one.id);
}

const MANY = 1_000;
/** Each way is the last one for some texts. */
const TURNS = [
  // All are near.
  { turns: { near: MANY, often: MANY, wide: MANY, few: MANY }, limit: 3 },
  // The index, which has few.
  { turns: { near: 2, often: MANY, wide: MANY, few: MANY }, limit: 100 },
  // The index has many: the top of the list, to its end or not.
  { turns: { near: 2, often: MANY, wide: MANY, few: 1 }, limit: 3 },
  { turns: { near: 2, often: MANY, wide: 4, few: 1 }, limit: 3 },
  // Hits are expected soon, and come or do not.
  { turns: { near: 2, often: 1, wide: MANY, few: 1 }, limit: 3 },
  { turns: { near: 2, often: 1, wide: 4, few: MANY }, limit: 3 },
  { turns: { near: 2, often: 0, wide: 4, few: MANY }, limit: 100 },
];
const TEXTS = [
  ...["王芳", "芳", "龘", "江", "阳王", "没有", "new1", "HT-", "HT-old110"],
  ...["na l", "%", "\\"],
];

Deno.test("A search finds what has the text in it, whichever of its ways finds it", () =>
  withDatabase(async ({ sql }) => {
    const orders = company();
    await write(sql, orders);
    const scopes = [null, "d1"].flatMap((of) =>
      [undefined, true, false].flatMap((grouped) =>
        [null, orders[33]].map((last): Scope => ({
          of,
          grouped,
          after: last ? { at: last.at, orderId: last.id } : null,
        }))
      )
    );
    for (const scope of scopes) {
      for (const text of TEXTS) {
        const wanted = expected(orders, text, scope);
        for (const { turns, limit } of TURNS) {
          const found = await sql<{ orderId: string }[]>`${
            searchOrders(sql, sql`o.order_id`, { scope, limit, text }, turns)
          }`;
          assert.deepEqual(
            found.map((row) => row.orderId),
            wanted.slice(0, limit),
            JSON.stringify({ scope, text, turns, limit }),
          );
        }
      }
    }
  }));

Deno.test("A text in two lines is looked for as one, and in one field", () =>
  withDatabase(async ({ sql }) => {
    const [first, second] = company();
    assert.ok(first && second);
    const name = "Anna Li";
    await write(sql, [{ ...first, name }, { ...second, no: "A", name: "B" }]);
    const page = (text: string) =>
      sql<{ orderId: string }[]>`${
        selectPage(sql, sql`o.order_id`, {
          of: null,
          after: null,
          limit: 9,
          text,
        })
      }`;
    assert.deepEqual([...await page("na\r\nli")], [{ orderId: first.id }]);
    assert.deepEqual([...await page("A\nB")], []);
  }));

Deno.test("A text is looked for by what each text that has it is found by", () =>
  withDatabase(async ({ sql }) => {
    const texts = ["HT-2026/0012 王芳 （滨江）店", "a😀b张Éé李12ab345", "龘"];
    for (const text of texts) {
      const [row] = await sql<{ terms: string[] }[]>`
        select search_terms(${text}) as terms`;
      const terms = new Set(row?.terms);
      const chars = [...text];
      for (const from of chars.keys()) {
        for (let to = from + 1; to <= chars.length; to++) {
          const part = chars.slice(from, to).join("");
          const asked = searchTerms(part);
          assert.ok(asked.length > 0, part);
          for (const term of asked) {
            assert.ok(terms.has(term), `${term} of ${part} in ${text}`);
          }
        }
      }
    }
    const [parted] = await sql<{ terms: string[] }[]>`
      select search_terms(${"ab\ncd"}) as terms`;
    assert.deepEqual(parted?.terms.sort(), ["a", "ab", "b", "c", "cd", "d"]);
  }));

Deno.test("Orders that have a group are listed by the time of the order, though it changes and the group comes and goes", () =>
  withDatabase(async ({ sql }) => {
    const orders = company();
    await write(sql, orders);
    const listed = async () => {
      const scope: Scope = { of: null, after: null, grouped: true };
      const rows = await sql<{ orderId: string }[]>`${
        selectNewest(sql, sql`o.order_id`, scope, 100)
      }`;
      const kept = await sql<{ orderId: string }[]>`
        select o.order_id from customer_order o
        where ${isInScope(sql, scope)}
        order by o.created_at desc, o.order_id desc`;
      const ids = rows.map((row) => row.orderId);
      assert.deepEqual(ids, kept.map((row) => row.orderId));
      return ids;
    };
    const wanted = orders.filter((one) => one.grouped);
    assert.equal((await listed()).length, wanted.length);
    // The ERP tells an earlier time.
    await sql`
      update customer_order set created_at = '2020-01-01Z'
      where order_id = 'o54'`;
    assert.equal((await listed()).at(-1), "o54");
    await sql`
      update chat set dismissed_at = now() where chat_id = 'wr-o48'`;
    assert.ok(!(await listed()).includes("o48"));
    // As a release that knows nothing of the column binds a group, and takes it
    // away from its order.
    await sql`
      insert into chat (chat_id, name, owner, created_at, synced_at)
      values ('wr-hand', '', 'd1', now(), now())`;
    await sql`update chat set order_id = 'o59' where chat_id = 'wr-hand'`;
    assert.equal((await listed())[0], "o59");
    await sql`update chat set order_id = null where chat_id = 'wr-hand'`;
    assert.ok(!(await listed()).includes("o59"));
  }));
