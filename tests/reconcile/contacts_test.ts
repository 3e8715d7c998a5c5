/**
 * The night's reading of contacts: what does not fit is told, who is no longer
 * shown by WeCom is no follower any more, and an end of the app is not held up.
 */
import assert from "node:assert/strict";
import {
  createReconciler,
  type Reconciler,
  type ReconcilerDeps,
} from "../../lib/reconcile/reconciler.ts";
import { describe } from "../../lib/tasks/sync.ts";
import { grown, pushStaff } from "./grown.ts";
import { type Company, DAY, withCompany } from "./support.ts";

const BATCH = "externalcontact/batch/get_by_user";

type Line = [string, string, Record<string, unknown> | undefined];

/** The company's reconciler with parts of it changed; collects its log. */
function remade(
  { services }: Company,
  over: Partial<ReconcilerDeps> = {},
): { reconciler: Reconciler; lines: Line[] } {
  const lines: Line[] = [];
  const reconciler = createReconciler({
    ...services,
    nameTemplate: services.config.groupNameTemplate,
    uuid: () => crypto.randomUUID(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        }, { once: true });
      }),
    log: (level, message, fields) => lines.push([level, message, fields]),
    ...over,
  });
  return { reconciler, lines };
}

Deno.test("people whose contacts do not fit into the night are counted, told, and read first in the next", async () => {
  await withCompany(grown(5, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    const { call } = services.wecom;
    const wecom: typeof services.wecom = {
      ...services.wecom,
      call(endpoint, input, options) {
        if (endpoint.name === BATCH) clock.now += 1_000;
        return call(endpoint, input, options);
      },
    };
    const { reconciler, lines } = remade(company, {
      wecom,
      contactsBudgetMs: 2_000,
    });
    const first = await reconciler.run("nightly");
    assert.ok(first);
    assert.equal(first.state, "done");
    const { people, peopleLeft } = first.counts;
    assert.ok(people > 0 && peopleLeft > 0, `${people}, ${peopleLeft}`);
    assert.equal(people + peopleLeft, 5);
    assert.match(describe(first).join("\n"), /留到下次.*：[1-4]\n/);
    const told = lines.find(([, name]) => name === "reconcile.contacts_left");
    assert.deepEqual(told?.slice(0, 1), ["warn"]);
    assert.equal(told?.[2]?.left, peopleLeft);
    clock.now += DAY;
    sandbox.world.calls.reset();
    const second = await remade(company).reconciler.run("nightly");
    assert.deepEqual(
      [second?.counts.people, second?.counts.peopleLeft],
      [5, 0],
    );
  });
});

Deno.test("people whom a stop left unread are counted with the run that was cut", async () => {
  await withCompany(grown(4, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    sandbox.world.faults.add({
      endpoint: BATCH,
      kind: { type: "errcode", errcode: 45009 },
    });
    const cut = await services.reconciler.run("nightly");
    assert.equal(cut?.state, "cut");
    assert.equal(cut?.counts.peopleLeft, 4);
    sandbox.world.faults.clear();
    clock.now += 60_000;
    const done = await services.reconciler.run("nightly");
    assert.equal(done?.runId, cut?.runId);
    assert.deepEqual([done?.counts.people, done?.counts.peopleLeft], [4, 0]);
  });
});

Deno.test("a run that was recorded before its counts had all their names is still read and printed", async () => {
  await withCompany(grown(1, 0), async ({ services, clock }) => {
    const { sql } = services;
    await sql`
      insert into reconcile_run (kind, state, started_at, ended_at, counts)
      values ('nightly', 'done', ${new Date(clock.now)},
        ${new Date(clock.now + 5_000)}, ${sql.json({ owners: 3, people: 2 })})`;
    const old = await services.reconciler.latest();
    assert.ok(old);
    assert.deepEqual(
      [old.counts.owners, old.counts.people, old.counts.peopleLeft],
      [3, 2, 0],
    );
    const lines = describe(old);
    assert.ok(lines.every((line) => !/undefined|NaN/.test(line)), `${lines}`);
  });
});
