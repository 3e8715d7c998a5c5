/**
 * The night's reading of contacts: what does not fit is told, who is no longer
 * shown by WeCom is no follower any more, and an end of the app is not held up.
 */
import assert from "node:assert/strict";
import { groundOf } from "../../lib/groups/product_ground.ts";
import {
  createReconciler,
  type Reconciler,
  type ReconcilerDeps,
} from "../../lib/reconcile/reconciler.ts";
import { describe } from "../../lib/tasks/sync.ts";
import type { WorldSeed } from "../../lib/sandbox/mod.ts";
import { grown, pushStaff } from "./grown.ts";
import { type Company, DAY, withCompany } from "./support.ts";

const LIST = "externalcontact/groupchat/list";
const BATCH = "externalcontact/batch/get_by_user";

/** Two designers with `each` contacts. */
function busy(each: number): WorldSeed {
  return {
    kind: "built",
    build(world) {
      for (const userId of ["d1", "d2"]) {
        world.staff({ userId, name: userId });
        for (let n = 0; n < each; n++) {
          const externalUserId = world.quickCustomer(`${n}`, "13800000001");
          world.follows({ userId, externalUserId });
        }
      }
    },
  };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

type Line = [string, string, Record<string, unknown> | undefined];

/** The company's reconciler with parts of it changed; collects its log. */
function remade(
  { services }: Company,
  over: Partial<ReconcilerDeps> = {},
): { reconciler: Reconciler; lines: Line[] } {
  const lines: Line[] = [];
  const reconciler = createReconciler({
    ...services,
    ground: groundOf(services),
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

Deno.test("an app that ends cuts the contacts at the page they are at, and the next instance reads the rest", async () => {
  await withCompany(busy(1_000), async (company) => {
    const { services, sandbox, another } = company;
    await pushStaff(company);
    const { calls, settings } = sandbox.world;
    settings.latencyMs = 20;
    const running = services.reconciler.run("nightly");
    await until(() => calls.count(BATCH) >= 6);
    await services.reconciler.close();
    const cut = await running;
    assert.equal(cut?.state, "cut");
    assert.equal(cut?.counts.peopleLeft, 2);
    assert.ok(calls.count(BATCH) <= 8, String(calls.count(BATCH)));
    const before = calls.count(BATCH);
    const done = await (await another()).reconciler.run("nightly");
    assert.equal(done?.runId, cut?.runId);
    assert.equal(done?.counts.contacts, 2_000);
    // Only what was under way is asked for twice.
    assert.ok(calls.count(BATCH) - before <= 20 - (before - 2));
  });
});

Deno.test("an app that ends looks for no further creations, however many are under way", async () => {
  await withCompany(grown(12, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    const { world } = sandbox;
    const owners = [...world.state.staff.keys()];
    const customers = [...world.state.customers.keys()];
    await services.orders.upsert(owners.map((owner, n) => ({
      orderId: `o${n}`,
      customerName: `客户${n}`,
      customerPhone: "13800000001",
      designerWxUserId: owner,
    })));
    for (const [n, wxUserId] of owners.entries()) {
      await services.groups.prepare(
        { wxUserId, name: "", role: "designer", storeName: null },
        await services.orders.get(`o${n}`),
        { customers: [customers[n] ?? ""], attempt: `page${n}` },
      );
    }
    clock.now += 60_000;
    world.settings.latencyMs = 20;
    world.calls.reset();
    const running = services.reconciler.run("nightly");
    await until(() => world.calls.count(LIST) >= 2);
    await services.reconciler.close();
    assert.equal((await running)?.state, "cut");
    assert.ok(world.calls.count(LIST) <= 4, `${world.calls.count(LIST)}`);
  });
});

Deno.test("ten people in a row without an answer cut the run, and the next one reads all", async () => {
  await withCompany(grown(14, 0), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    sandbox.world.faults.add({
      endpoint: BATCH,
      kind: { type: "http", status: 502 },
    });
    const cut = await services.reconciler.run("nightly");
    assert.equal(cut?.state, "cut");
    assert.equal(cut?.counts.people, 0);
    assert.ok((cut?.calls[BATCH] ?? 0) < 14, "it does not wait for each");
    sandbox.world.faults.clear();
    clock.now += 60_000;
    const done = await services.reconciler.run("nightly");
    assert.deepEqual([done?.runId, done?.state], [cut?.runId, "done"]);
    assert.deepEqual([done?.counts.people, done?.counts.peopleLeft], [14, 0]);
  });
});

Deno.test("a contact and a group that the database will not take keep nobody else's from being read", async () => {
  await withCompany(grown(4, 1), async (company) => {
    const { services, sandbox, clock } = company;
    await pushStaff(company);
    const [chat] = sandbox.world.state.chats.values();
    await services.sql.unsafe(`
      alter table contact_follow add check (wx_user_id <> 'd0001');
      alter table chat add check (chat_id <> '${chat?.chatId}');`);
    for (let night = 0; night < 2; night++) {
      const report = await services.reconciler.run("nightly");
      assert.equal(report?.state, "done");
      assert.equal(report?.counts.people, 3);
      assert.deepEqual(report?.errors, { "PostgresError 23514": 2 });
      clock.now += DAY;
    }
    const [row] = await services.sql<{ n: number }[]>`
      select count(*)::int as n from chat`;
    assert.equal(row?.n, 3);
  });
});
