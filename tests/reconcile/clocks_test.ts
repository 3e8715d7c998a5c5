/**
 * Several instances, whose clocks differ: one works on a run at a time, and one
 * that was superseded writes nothing any more.
 */
import assert from "node:assert/strict";
import { groundOf } from "../../lib/groups/product_ground.ts";
import { createReconciler } from "../../lib/reconcile/reconciler.ts";
import { listGroups } from "../../lib/reconcile/list_groups.ts";
import { createRunClaims } from "../../lib/reconcile/run_claims.ts";
import { grown, pushStaff } from "./grown.ts";
import {
  type Company,
  createAsPrepared,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "./support.ts";

const GET = "externalcontact/groupchat/get";

/** An instance whose clock differs by `ms`. */
function shifted({ services, clock }: Company, ms: number) {
  return createReconciler({
    ...services,
    now: () => clock.now + ms,
    ground: groundOf({ ...services, now: () => clock.now + ms }),
    uuid: () => crypto.randomUUID(),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 1_000)),
  });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

Deno.test("a clock that is ahead or behind by some seconds takes no run away", async () => {
  await withCompany(grown(2, 20), async (company) => {
    const { sandbox } = company;
    await pushStaff(company);
    sandbox.world.settings.latencyMs = 10;
    const running = shifted(company, 0).run("nightly");
    await until(() => sandbox.world.calls.count(GET) > 4);
    for (const ms of [-20_000, 10_000, 20_000]) {
      assert.equal(await shifted(company, ms).run("demand"), null, `${ms}`);
    }
    const report = await running;
    assert.equal(report?.state, "done");
    assert.equal(sandbox.world.calls.count(GET), 40);
  });
});

Deno.test("a run taken away in its middle by a clock far ahead ends once, with everything in it", async () => {
  await withCompany(grown(2, 40), async (company) => {
    const { services, sandbox } = company;
    await pushStaff(company);
    sandbox.world.settings.latencyMs = 10;
    const first = shifted(company, 0).run("nightly");
    await until(() => sandbox.world.calls.count(GET) > 4);
    const second = await shifted(company, 5 * MINUTE).run("demand");
    assert.equal(await first, null, "whoever has it ends it");
    assert.equal(second?.state, "done");
    const rows = await services.sql`
      select 1 from chat where dismissed_at is null`;
    assert.equal(rows.length, 80);
    const [runs] = await services.sql<{ n: number }[]>`
      select count(*)::int as n from reconcile_run`;
    assert.equal(runs?.n, 1);
  });
});

Deno.test("a worker that was superseded lists nothing into its successor's run", async () => {
  await withCompany(grown(2, 3), async (company) => {
    const { services, clock } = company;
    const { sql, wecom } = services;
    await pushStaff(company);
    const claim = (name: string) =>
      createRunClaims({ sql, now: () => clock.now, uuid: () => name })
        .claim("nightly");
    const old = await claim("old");
    assert.ok(old);
    const signal = new AbortController().signal;
    let asked = 0;
    const late: typeof wecom = {
      ...wecom,
      async call(endpoint, input, options) {
        const answer = await wecom.call(endpoint, input, options);
        // Its answer is on the way when another takes over.
        if (endpoint.name.endsWith("list") && ++asked === 2) {
          clock.now += 2 * MINUTE;
          assert.ok(await claim("new"));
          await sql`update chat set owner_status = 'owner_left'`;
        }
        return answer;
      },
    };
    const listing = listGroups({ sql, wecom: late, run: old, signal });
    await assert.rejects(listing, { name: "Superseded" });
    const seen = await sql`select 1 from reconcile_seen`;
    assert.equal(seen.length, 0);
    const [slice] = await sql<{ state: string }[]>`
      select state from reconcile_slice`;
    assert.equal(slice?.state, "open");
  });
});

Deno.test("creations are looked for once in a run that an instance with a slow clock took up", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 20 * MINUTE;
    createAsPrepared(company, await prepared(company, order, customer));
    clock.now += MINUTE;
    const mend = sandbox.world.faults.add({
      endpoint: "externalcontact/get_follow_user_list",
      kind: { type: "errcode", errcode: 45009 },
    });
    const cut = await services.reconciler.run("nightly");
    assert.equal(cut?.state, "cut");
    await services.sql`update group_intent set looked_at = null`;
    mend();
    const done = await shifted(company, -30_000).run("nightly");
    assert.equal(done?.runId, cut?.runId);
    assert.equal(done?.state, "done");
  });
});
