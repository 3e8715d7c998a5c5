/**
 * The database goes away for a moment while a run is under way: a trigger
 * answers with the codes that Postgres has for it, or the wire is cut. A run is
 * then held, or cut and taken up; never lost without a word.
 */
import assert from "node:assert/strict";
import { groundOf } from "../../lib/groups/product_ground.ts";
import {
  createReconciler,
  type Reconciler,
} from "../../lib/reconcile/reconciler.ts";
import { openDatabase } from "../../lib/store/database.ts";
import { Secret } from "../../lib/config/secret.ts";
import { createDice } from "../storm/dice.ts";
import { serveCutter } from "../storm/cutter.ts";
import { grown, pushStaff } from "./grown.ts";
import { type Company, MINUTE, withCompany } from "./support.ts";

const GET = "externalcontact/groupchat/get";

/** Renews its claim all the time; `pause` tells how long a wait is here. */
function impatient(
  { services }: Company,
  over: { sql?: Company["services"]["sql"] } = {},
  onSleep: (ms: number) => void = () => {},
): Reconciler {
  return createReconciler({
    ...services,
    ...over,
    ground: groundOf({ ...services, ...over }),
    uuid: () => crypto.randomUUID(),
    sleep(ms) {
      onSleep(ms);
      return new Promise((resolve) => setTimeout(resolve, 5));
    },
  });
}

/** From now on, `times` writes to the run's row fail as in a restart. */
async function refuseWrites(
  { services: { sql } }: Company,
  times: number,
): Promise<void> {
  await sql.unsafe(`
    create sequence hiccup;
    create function hiccup() returns trigger language plpgsql as $$
    begin
      if nextval('hiccup') <= ${times} then
        raise exception 'the database system is starting up'
          using errcode = '57P03';
      end if;
      return new;
    end $$;
    create trigger hiccup before update on reconcile_run
      for each row execute function hiccup();`);
}

async function refusals({ services: { sql } }: Company): Promise<number> {
  const [row] = await sql<{ n: number }[]>`
    select last_value::int as n from hiccup`;
  return row?.n ?? 0;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
}

Deno.test("a claim that could not be renewed for a moment is renewed again, and the run comes to its end", async () => {
  await withCompany(grown(2, 30), async (company) => {
    const { sandbox } = company;
    await pushStaff(company);
    sandbox.world.settings.latencyMs = 20;
    const running = impatient(company).run("nightly");
    await until(() => sandbox.world.calls.count(GET) > 3);
    await refuseWrites(company, 3);
    const report = await running;
    assert.equal(report?.state, "done");
    assert.equal(report?.counts.added, 60);
    assert.ok(await refusals(company) > 3);
  });
});

Deno.test("a database that stays away ends the run loudly, and the next one goes on with it", async () => {
  await withCompany(grown(2, 30), async (company) => {
    const { sandbox, services, clock } = company;
    await pushStaff(company);
    sandbox.world.settings.latencyMs = 20;
    let refusing = false;
    const running = impatient(company, {}, (ms) => {
      if (refusing) clock.now += ms;
    }).run("nightly");
    await until(() => sandbox.world.calls.count(GET) > 3);
    await refuseWrites(company, 1_000_000);
    refusing = true;
    await assert.rejects(running, { code: "57P03" });
    await services.sql`drop trigger hiccup on reconcile_run`;
    const before = await services.reconciler.latest();
    assert.equal(before?.endedAt, null);
    clock.now += 2 * MINUTE;
    const report = await services.reconciler.run("nightly");
    assert.equal(report?.runId, before?.runId);
    assert.equal(report?.state, "done");
    assert.ok(sandbox.world.calls.count(GET) < 70);
  });
});

Deno.test("a connection cut in the middle of the groups cuts the run, which goes on where it was", async () => {
  await withCompany(grown(2, 30), async (company) => {
    const { sandbox, services, databaseUrl } = company;
    await pushStaff(company);
    const url = new URL(databaseUrl);
    const wire = serveCutter("database", Number(url.port), createDice(1));
    url.port = String(wire.port);
    const far = await openDatabase({
      url: new Secret(url.href),
      dataDir: "unused",
      max: 2,
    });
    try {
      sandbox.world.settings.latencyMs = 10;
      const running = impatient(company, { sql: far.sql }).run("nightly");
      await until(() => sandbox.world.calls.count(GET) > 12);
      wire.cutAll();
      const cut = await running;
      assert.equal(cut?.state, "cut");
      assert.ok(cut && Object.keys(cut.errors).length > 0);
      const done = await services.reconciler.run("nightly");
      assert.equal(done?.runId, cut?.runId);
      assert.equal(done?.state, "done");
      const [kept] = await services.sql`select count(*)::int as n from chat`;
      assert.equal(kept?.n, 60);
      // Of the four that were being written the answer may be lost: the next
      // run knows them.
      assert.ok(done && done.counts.added >= 56, String(done?.counts.added));
      assert.equal(done.calls["externalcontact/groupchat/list"], 1);
    } finally {
      await far.close();
      await wire.stop();
    }
  });
});
