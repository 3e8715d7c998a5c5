/** Who tries on and on fills no log, and what was left out is counted. */
import assert from "node:assert/strict";
import type { Sql } from "../../lib/store/database.ts";
import { pushAll } from "../support/company.ts";
import { withApp } from "../support/app.ts";

const told = async (sql: Sql, actor: string) => {
  const rows = await sql`
    select action, order_id, detail from audit_log
    where actor = ${actor} and outcome = 'refused' order by audit_id`;
  return rows.map((row) => ({ ...row }));
};

Deno.test("Refused flows and refused pages of one person are bounded, and name the order", async () => {
  let later = 0;
  await withApp({ now: () => Date.now() + later }, async (app) => {
    await pushAll(app);
    const { sql } = app.services;
    const d2 = app.as("d2");
    for (let n = 0; n < 40; n++) {
      const answer = await d2.flow("order.get", { orderId: "O1" });
      assert.equal(answer.error, "ORDER_NOT_FOUND");
    }
    const flows = await told(sql, "d2");
    // A new one every six seconds.
    assert.ok(flows.length >= 10 && flows.length <= 15, `${flows.length}`);
    later = 120_000;
    await d2.flow("order.get", { orderId: "O1" });
    const last = (await told(sql, "d2")).at(-1);
    assert.equal(last?.action, "order.get");
    assert.equal(last?.orderId, "O1");
    const omitted = (await told(sql, "d2"))
      .reduce((sum, { detail }) => sum + (detail.leftOut ?? 0), 0);
    assert.equal(omitted, 40 - flows.length);

    later = 240_000;
    const count = (await told(sql, "d2")).length;
    const paths = [
      "/orders/O1/group",
      "/create-customer-group.html?orderId=O1",
    ];
    for (const path of paths) {
      const response = await d2.fetch(path);
      await response.body?.cancel();
      assert.equal(response.status, 404, path);
    }
    const pages = (await told(sql, "d2")).slice(count);
    assert.ok(pages.some(({ action }) => action === "page"));
    assert.deepEqual([...new Set(pages.map((row) => row.orderId))], ["O1"]);
  });
});
