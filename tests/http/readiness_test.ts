/** What GET /readyz answers the balancer, and what it tells people. */
import assert from "node:assert/strict";
import { readinessChecks } from "../../lib/http/checks.ts";
import { silentLog } from "../../lib/http/log.ts";
import {
  answerReadiness,
  type Check,
  createReadiness,
  type Readiness,
} from "../../lib/http/readiness.ts";
import type { Queries } from "../../lib/store/database.ts";
import type { ReplicaHealth } from "../../lib/store/replica.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

interface Answer {
  status: number;
  failing: string[];
  parts: Record<string, Record<string, unknown>>;
}

async function ready(app: TestApp): Promise<Answer> {
  const response = await app.as(null).fetch("/readyz");
  const { data, details } = await response.json();
  const { failing = [], parts } = data ?? details;
  return { status: response.status, failing, parts };
}

const works = (name: string, serving: boolean): Check => ({
  name,
  serving,
  check: () => Promise.resolve({ found: name }),
});
const fails = (name: string, serving: boolean): Check => ({
  name,
  serving,
  check: () => Promise.reject(new Error("geheim")),
});

Deno.test("Only what serving depends on makes it 503; the body tells all parts", async () => {
  const table: [Check[], number, string[]][] = [
    [[works("a", true), works("b", false)], 200, []],
    [[works("a", true), fails("b", false)], 200, []],
    [[fails("c", true), fails("a", true), works("b", false)], 503, ["a", "c"]],
  ];
  for (const [checks, status, failing] of table) {
    const found = await createReadiness(checks, silentLog)();
    const response = answerReadiness(found, "request-1");
    const text = await response.text();
    const body = JSON.parse(text);
    assert.equal(response.status, status);
    assert.deepEqual(found.failing, failing);
    const { parts } = body.data ?? body.details;
    assert.deepEqual(
      Object.keys(parts).sort(),
      checks.map((c) => c.name).sort(),
    );
    assert.ok(!text.includes("geheim"), "what an error says is for the log");
  }
});

Deno.test("A check that hangs is late, and the others are told all the same", async () => {
  const hangs: Check = {
    name: "token",
    serving: false,
    check: (signal) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      ),
  };
  const logged: unknown[] = [];
  const found = await createReadiness(
    [hangs, works("database", true)],
    (_level, event, fields) => logged.push([event, fields?.part]),
  )();
  assert.equal(found.parts.token?.state, "failed");
  assert.deepEqual(found.parts.database, { state: "ok", found: "database" });
  assert.deepEqual(logged, [["readyz.failing", "token"]]);
});

Deno.test("Who asks at the same time shares one answer", async () => {
  let asked = 0;
  const counts: Check = {
    name: "database",
    serving: true,
    check: () => Promise.resolve({ asked: ++asked }),
  };
  const readiness = createReadiness([counts], silentLog);
  await Promise.all([readiness(), readiness(), readiness()]);
  assert.equal(asked, 1);
  await readiness();
  assert.equal(asked, 2);
});

Deno.test("A process that can serve says so, and how its parts are", () =>
  withApp({ seed: world().seed }, async (app) => {
    const { status, parts } = await ready(app);
    assert.equal(status, 200);
    assert.equal(parts.database?.state, "ok");
    assert.equal(parts.kv?.state, "ok");
    assert.equal(parts.token?.state, "ok");
    assert.deepEqual(parts.answers, { state: "ok", dropped: 0 });
    assert.deepEqual(parts.night, { state: "ok", run: null });
    assert.deepEqual(parts.inbox, {
      state: "ok",
      waiting: 0,
      deadLetters: 0,
      dueSince: null,
    });
  }));

Deno.test("An app that WeCom is about to stop calls for a look, one that goes on does not", () =>
  withApp({ seed: world().seed }, async (app) => {
    const { sql } = app.services;
    const tell = async (event: string) => {
      await sql`delete from app_life`;
      await sql`insert into app_life (event, told_at) values (${event}, now())`;
      return (await ready(app)).parts.app;
    };
    assert.deepEqual((await ready(app)).parts.app, { state: "ok" });
    const alert = await tell("inactive_alert");
    assert.equal(alert?.state, "warning");
    assert.equal(alert?.event, "inactive_alert");
    assert.equal((await tell("active_restored"))?.state, "ok");
  }));

Deno.test("A database that may only be read is named, and the cache is not blamed", () =>
  withApp({ seed: world().seed }, async ({ services }) => {
    let found: Readiness | undefined;
    const asked = services.sql.begin("read only", async (sql) => {
      const checks = readinessChecks({ ...services, sql });
      found = await createReadiness(checks, silentLog)();
    });
    await assert.rejects(asked, /read-only/, "the driver tells it once more");
    assert.deepEqual(found?.failing, ["database"]);
    assert.equal(found?.parts.kv?.state, "ok");
  }));

Deno.test("A database that says nothing is away, and not another company's", () =>
  withApp({ seed: world().seed }, async ({ services }) => {
    const sql = (() => new Promise(() => {})) as unknown as Queries;
    const checks = readinessChecks({ ...services, sql });
    const { failing, parts } = await createReadiness(checks, silentLog)();
    assert.deepEqual(failing, ["database"]);
    assert.deepEqual(parts.database, {
      state: "failed",
      error: "DATABASE_UNAVAILABLE",
    });
    for (const part of ["schema", "company", "canary"]) {
      assert.equal(parts[part]?.state, "warning", part);
    }
  }));

Deno.test("A pool in which somebody waits or runs for too long is named", () =>
  withApp({ seed: world().seed }, async ({ services }) => {
    const idle = services.poolHealth();
    const table: [Partial<typeof idle>, string[]][] = [
      [{}, []],
      [{ oldestWaiterMs: 900, waiting: 40, running: 10 }, []],
      [{ oldestRunnerMs: 20_000, running: 1 }, []],
      [{ oldestWaiterMs: 6_000, waiting: 1, running: 10 }, ["pool"]],
      [{ oldestRunnerMs: 61_000, running: 1 }, ["pool"]],
    ];
    for (const [health, failing] of table) {
      const poolHealth = () => ({ ...idle, ...health });
      const checks = readinessChecks({ ...services, poolHealth });
      const found = await createReadiness(checks, silentLog)();
      assert.deepEqual(found.failing, failing, JSON.stringify(health));
    }
  }));

Deno.test("A replica that does not answer calls for a look; without one there is no such part", () =>
  withApp({ seed: world().seed }, async (app) => {
    assert.equal((await ready(app)).parts.replica, undefined);
    const { services } = app;
    const idle = services.poolHealth();
    const partOf = async (health: ReplicaHealth) => {
      const replica = { health: () => Promise.resolve(health) };
      const checks = readinessChecks({ ...services, replica });
      const { failing, parts } = await createReadiness(checks, silentLog)();
      assert.deepEqual(failing, []);
      return parts.replica;
    };
    const well: ReplicaHealth = { ...idle, answers: "replica", lagMs: 40 };
    assert.deepEqual(await partOf(well), { state: "ok", ...well });
    const away: ReplicaHealth = {
      ...idle,
      answers: "primary",
      lagMs: null,
      trouble: "away",
      since: new Date(0),
    };
    assert.deepEqual(await partOf(away), { state: "warning", ...away });
  }));

Deno.test("Dead letters, a night that failed and events that nobody settles call for a look", () =>
  withApp({ seed: world().seed }, async (app) => {
    const { sql } = app.services;
    const long = new Date(Date.now() - 60 * 60_000);
    await sql`insert into inbox_task ${
      sql([
        { subject: "chat/wr1", dueAt: long, diedAt: long },
        { subject: "chat/wr2", dueAt: long, diedAt: null },
      ])
    }`;
    await sql`insert into reconcile_run ${
      sql({ kind: "nightly", state: "failed", startedAt: long, endedAt: long })
    }`;
    const { status, parts } = await ready(app);
    assert.equal(status, 200);
    const { dueSince, ...inbox } = parts.inbox ?? {};
    assert.deepEqual(inbox, { state: "warning", waiting: 1, deadLetters: 1 });
    assert.equal(dueSince, long.toISOString());
    assert.equal(parts.night?.state, "warning");
  }));

Deno.test("A schema older than the code cannot serve it, a newer one can", () =>
  withApp({ seed: world().seed }, async (app) => {
    const { sql } = app.services;
    await sql`insert into schema_migration ${
      sql({ name: "20990101000000_of_the_next_release.sql", checksum: "" })
    }`;
    const newer = await ready(app);
    assert.equal(newer.status, 200);
    assert.deepEqual(newer.parts.schema, { state: "ok", schema: "newer" });
    await sql`
      delete from schema_migration
      where name = (select min(name) from schema_migration)`;
    const older = await ready(app);
    assert.equal(older.status, 503);
    assert.deepEqual(older.failing, ["schema"]);
  }));

Deno.test("Memory in the place of KV calls for a look, and serves", () =>
  withApp({ seed: world().seed }, async ({ services }) => {
    const since = new Date(0);
    const found = await createReadiness(
      readinessChecks({
        ...services,
        cacheHealth: () => ({ store: "memory", since }),
      }),
      silentLog,
    )();
    assert.deepEqual(found.failing, []);
    assert.deepEqual(found.parts.kv, {
      state: "warning",
      store: "memory",
      since,
    });
  }));

Deno.test("A KV that cannot be opened is said once, and every page and flow answers", async () => {
  const directory = await Deno.makeTempDir({ prefix: "kv-" });
  const path = `${directory}/kv.sqlite3`;
  await Deno.writeTextFile(path, "this is no database\n".repeat(500));
  try {
    await withApp(
      { seed: world().seed, env: { KV_PATH: path } },
      async (app) => {
        await pushAll(app, [order({ orderId: "o1" })]);
        const page = await app.as("d1").fetch("/orders/o1/group");
        assert.equal(page.status, 200, await page.text());
        const matched = await app.as("d1").flow("order.get", { orderId: "o1" });
        assert.equal(matched.code, 1, JSON.stringify(matched));
        assert.equal((await app.as(null).fetch("/auth/login")).status, 302);
        const { status, parts } = await ready(app);
        assert.equal(status, 200);
        assert.equal(parts.kv?.state, "warning");
        assert.equal(parts.token?.state, "ok");
        const said = app.logs.filter(({ event }) => event === "kv.unavailable");
        assert.equal(said.length, 1);
      },
    );
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
