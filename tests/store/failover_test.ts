/**
 * The primary dies and its synchronous standby is promoted, while the ERP pushes and
 * people act: what was acknowledged is there, and the same processes go on by
 * themselves. Two of Debian's Postgres, with fsync.
 */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, STAFF, world } from "../support/company.ts";
import { hasStandby, until, withStandby } from "../support/standby.ts";

const WRITERS = 4;
/** Pushes that are acknowledged before the fall, and after it. */
const ENOUGH = 40;

/** Pushes orders one after the other; what is not acknowledged is sent again. */
async function keepPushing(
  app: TestApp,
  writer: number,
  acknowledged: Set<string>,
  isOver: () => boolean,
): Promise<Set<number>> {
  const statuses = new Set<number>();
  for (let n = 0; !isOver();) {
    const orderId = `w${writer}-${n}`;
    const response = await push(app, "orders", {
      orders: [order({ orderId })],
    });
    await response.body?.cancel();
    statuses.add(response.status);
    if (response.status === 200) {
      acknowledged.add(orderId);
      n++;
    } else await new Promise((again) => setTimeout(again, 20));
  }
  return statuses;
}

Deno.test({
  name:
    "When the primary dies and the standby is promoted, whatever was acknowledged is there, and nobody restarts anything",
  ignore: !hasStandby,
  fn: () =>
    withStandby(async ({ primary, standby, onPrimary, onStandby }) => {
      await onPrimary.sql.unsafe(
        "alter system set synchronous_standby_names = '*'",
      );
      await onPrimary.sql`select pg_reload_conf()`;
      await until(async () => {
        const rows = await onPrimary.sql`
          select 1 from pg_stat_replication where sync_state = 'sync'`;
        return rows.length > 0;
      });
      const url =
        `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}` +
        "/postgres?target_session_attrs=read-write&connect_timeout=2";
      const env = { DATABASE_URL: url, CACHE_STORE: "postgres" };
      await withApp({ seed: world().seed, env }, async (app) => {
        const staff = await push(app, "staff", { staff: STAFF });
        assert.equal(staff.status, 200, await staff.text());
        const acknowledged = new Set<string>();
        let over = false;
        const writers = Array.from({ length: WRITERS }, (_, writer) =>
          keepPushing(app, writer, acknowledged, () => over));
        await until(() =>
          Promise.resolve(acknowledged.size >= ENOUGH)
        );
        await primary.kill();
        const before = acknowledged.size;
        await onStandby.sql`select pg_promote()`;
        await until(() =>
          Promise.resolve(acknowledged.size >= before + ENOUGH)
        );
        over = true;
        for (const statuses of await Promise.all(writers)) {
          // Told to come again, and nothing else.
          assert.deepEqual(
            [...statuses].filter((status) => status !== 200 && status !== 503),
            [],
          );
        }
        const rows = await onStandby.sql<{ orderId: string }[]>`
          select order_id from customer_order where order_id like 'w%'`;
        const there = new Set(rows.map((row) => row.orderId));
        const lost = [...acknowledged].filter((id) => !there.has(id));
        assert.deepEqual(lost, []);
        const page = await app.as("d1").fetch("/");
        assert.equal(page.status, 200);
        await page.body?.cancel();
      });
    }),
});
