/** One's own orders as a list: each once, newest first, page by page. */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, world } from "../support/company.ts";

/** Who is designer and manager of each order, the newest first. */
const ORDERS: readonly [designer: string, manager: string | null][] = [
  ["D1", "p1"],
  ["d2", "d1"],
  ["d1", "D1"],
  ["d2", "p1"],
  ["d1", null],
  ["d2", "D1"],
  ["d12", "d11"],
];
const OF_D1 = ["0", "1", "2", "4", "5"];

async function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  await withApp({ seed: world([]).seed }, async (app) => {
    const staff = ["d1", "d12"].map((wxUserId) => ({
      wxUserId,
      name: wxUserId,
      role: "designer",
    }));
    await (await push(app, "staff", { staff })).body?.cancel();
    const orders = ORDERS.map(([designerWxUserId, manager], age) =>
      order({
        orderId: String(age),
        designerWxUserId,
        projectManagerWxUserId: manager,
        createdAt: new Date(Date.UTC(2026, 10, 20, 12 - age)).toISOString(),
      })
    );
    const pushed = await push(app, "orders", { orders });
    assert.equal(pushed.status, 200, await pushed.text());
    await fn(app);
  });
}

async function page(app: TestApp, as: string, input: object) {
  const { data, status } = await app.as(as).flow("orders.list", { ...input });
  assert.equal(status, 200);
  return {
    ids: (data.orders as { orderId: string }[]).map((one) => one.orderId),
    nextCursor: data.nextCursor as string | null,
  };
}

Deno.test("Orders of the designer and of the project manager are listed together, each once", () =>
  company(async (app) => {
    for (const as of ["d1", "D1"]) {
      assert.deepEqual((await page(app, as, {})).ids, OF_D1);
    }
    assert.deepEqual((await page(app, "d12", {})).ids, ["6"]);
  }));

Deno.test("Pages of any size lead through all of them in one order", () =>
  company(async (app) => {
    for (const limit of [1, 2, 3, 5]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const next: Awaited<ReturnType<typeof page>> = await page(app, "D1", {
          limit,
          ...(cursor ? { cursor } : {}),
        });
        assert.ok(next.ids.length <= limit);
        seen.push(...next.ids);
        cursor = next.nextCursor;
      } while (cursor);
      assert.deepEqual(seen, OF_D1, `pages of ${limit}`);
    }
  }));

Deno.test("Orders are counted by whether they have a group, with the page and whatever is on it", () =>
  company(async (app) => {
    await app.services.sql`
      insert into chat (chat_id, order_id, name, owner, created_at, bound_at,
        synced_at, dismissed_at)
      select 'wr' || id, id, '', 'd1', now(), now(), now(),
        case id when '2' then now() end
      from unnest(array['0', '2', '3']) as id`;
    const counted = async (as: string, input: object) => {
      const { data } = await app.as(as).flow("orders.list", {
        counts: true,
        ...input,
      });
      const counts = data.counts as Record<
        string,
        { count: number; more: boolean }
      >;
      const { all, withGroup, withoutGroup } = counts;
      return [all, withGroup, withoutGroup].map((one) => {
        assert.equal(one?.more, false);
        return one.count;
      });
    };
    assert.deepEqual(await counted("D1", {}), [5, 1, 4]);
    assert.deepEqual(await counted("d1", { state: "with_group" }), [5, 1, 4]);
    assert.deepEqual(await counted("d1", { query: "nothing" }), [5, 1, 4]);
    assert.deepEqual(await counted("d12", { state: "with_group" }), [1, 0, 1]);
    const { ids } = await page(app, "d1", { counts: true, limit: 2 });
    assert.deepEqual(ids, OF_D1.slice(0, 2));
    const plain = await app.as("d1").flow("orders.list", {});
    assert.equal(plain.data.counts, undefined);
  }));
