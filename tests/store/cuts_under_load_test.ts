/**
 * Every connection of the product is ended by the server again and again while
 * people work: what was said to be done is there, who met a cut is told to try
 * again, and afterwards nothing is left of it. (The driver alone keeps a
 * connection or two that never say hello again.)
 */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { push, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const CUTS = 40;
const PEOPLE = 24;
const UNDISTURBED = 1_000;
/** For the first answer after a cut. */
const PATIENCE_MS = 20_000;

Deno.test({
  name:
    `${CUTS} cuts of every connection under load lose nothing, and then ${UNDISTURBED} requests are all answered`,
  ignore: !Deno.env.has("TEST_DATABASE_URL"),
  async fn() {
    await withApp({ seed: world().seed }, async (app) => {
      await pushAll(app);
      const statuses = new Map<number, number>();
      const acknowledged = new Set<string>();
      const work = people(app, statuses, acknowledged);
      const answered = () => statuses.get(200) ?? 0;
      const served = await cut(app, answered);
      await work.stop();
      const known = [200, 503];
      for (const status of statuses.keys()) {
        assert.ok(known.includes(status), `${status} of ${known.join(", ")}`);
      }
      assert.ok(statuses.get(503), "no cut met anybody");
      assert.equal(served, CUTS, "cuts before which somebody got an answer");

      const rows = await app.services.sql<{ orderId: string }[]>`
        select order_id from customer_order`;
      const there = new Set(rows.map((row) => row.orderId));
      const lost = [...acknowledged].filter((id) => !there.has(id));
      assert.deepEqual(lost, []);

      const designer = app.as("d1");
      const answers: number[] = [];
      await Promise.all(Array.from({ length: PEOPLE }, async () => {
        while (answers.length < UNDISTURBED) {
          answers.push((await designer.flow("orders.list")).status);
        }
      }));
      assert.deepEqual(answers.filter((status) => status !== 200), []);
    });
  },
});

/** Everybody does one thing after the other until they are stopped. */
function people(
  app: TestApp,
  statuses: Map<number, number>,
  acknowledged: Set<string>,
) {
  let over = false;
  let pushed = 0;
  const acts = [
    async () => {
      const orderId = `P${pushed++}`;
      const pushing = await push(app, "orders", {
        orders: [order({ orderId, orderNo: orderId })],
      });
      await pushing.body?.cancel();
      if (pushing.status === 200) acknowledged.add(orderId);
      return pushing.status;
    },
    async () => (await app.as("d1").flow("orders.list")).status,
    async () => {
      const page = await app.as("d1").fetch("/");
      await page.body?.cancel();
      return page.status;
    },
  ];
  const working = Array.from({ length: PEOPLE }, async (_, person) => {
    for (let turn = person; !over; turn++) {
      const status = await acts[turn % acts.length]?.() ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  return {
    async stop() {
      over = true;
      await Promise.all(working);
    },
  };
}

/**
 * The server ends each session that is not ours, again and again: whenever
 * somebody has got an answer, however fast the machine is. Answers before how
 * many cuts somebody did, in seconds.
 */
async function cut(
  { services }: TestApp,
  answered: () => number,
): Promise<number> {
  const [{ name } = { name: "" }] = await services.sql<{ name: string }[]>`
    select current_database() as name`;
  const url = new URL(Deno.env.get("TEST_DATABASE_URL") ?? "");
  url.pathname = `/${name}`;
  const admin = await openDatabase({
    url: new Secret(url.href),
    dataDir: "unused",
    max: 1,
  });
  let served = 0;
  for (let turn = 0; turn < CUTS; turn++) {
    const before = answered();
    const late = performance.now() + PATIENCE_MS;
    while (answered() === before && performance.now() < late) {
      await new Promise((go) => setTimeout(go, 10));
    }
    if (answered() > before) served++;
    await admin.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and pid <> pg_backend_pid()`;
  }
  await admin.close();
  return served;
}
