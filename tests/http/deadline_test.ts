/**
 * Requests whose database or WeCom does not answer: they end by themselves, say
 * what was missing, leave nothing behind on the server, and lose nothing.
 */
import assert from "node:assert/strict";
import type { Deadlines } from "../../lib/http/deadline.ts";
import { apart } from "../../lib/store/deadline.ts";
import {
  ERP_TOKEN,
  ORIGIN,
  PATIENT,
  type TestApp,
  withApp,
} from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";
import { onRealPostgres } from "../support/database.ts";
import { withLocked } from "../support/locks.ts";
import { stubEnv, type StubWecom, withStub } from "../support/stub_wecom.ts";

interface Scene {
  app: TestApp;
  /** From now on requests are given so little time that what hangs is cut. */
  hasten(to?: Partial<Deadlines>): void;
  calm(): void;
}

const SHORT: Deadlines = { page: 800, api: 800, signIn: 800 };

/** Nobody is in time by luck: a loaded machine has a minute until it matters. */
function scene(app: TestApp, deadlines: Deadlines): Scene {
  return {
    app,
    hasten: (to = SHORT) => void Object.assign(deadlines, to),
    calm: () => void Object.assign(deadlines, PATIENT),
  };
}

function company(
  fn: (scene: Scene, customer: string) => Promise<void>,
): Promise<void> {
  const { seed, ids } = world();
  const deadlines = { ...PATIENT };
  return withApp({ seed, deadlines }, async (app) => {
    await pushAll(app);
    await fn(scene(app, deadlines), ids[0] ?? "");
  });
}

/** `hang`: from now on WeCom does not answer there, until `answer`. */
function stubbed(
  fn: (
    scene: Scene & {
      stub: StubWecom;
      hang(path: RegExp): void;
      answer(): void;
    },
  ) => Promise<void>,
): Promise<void> {
  const deadlines = { ...PATIENT };
  return withStub((stub, base) => {
    stub.follow("d1", "wm1", "王女士", [PHONE]);
    const env = stubEnv(stub, base);
    const gate = Promise.withResolvers<undefined>();
    const answer = () => gate.resolve(undefined);
    const hang = (at: RegExp) =>
      void (stub.spoil = (path) => at.test(path) ? gate.promise : undefined);
    return withApp({ env, deadlines }, async (app) => {
      await pushAll(app);
      await fn({ ...scene(app, deadlines), stub, hang, answer });
    }).finally(answer);
  });
}

/** The embedded database has one session: nobody waits for a lock of another. */
function onlyReal(name: string, fn: () => Promise<void>): void {
  test(name, fn, !onRealPostgres);
}

/** The runner may begin it within the context of an earlier request. */
function test(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({ name, ignore, fn: () => apart(fn) });
}

function urlOf({ services }: TestApp): string {
  return services.config.databaseUrl?.reveal() ?? "";
}

/** Waits until nobody waits for a lock of this database. */
async function nobodyWaits({ services: { sql } }: TestApp): Promise<void> {
  const late = Date.now() + 30_000;
  while (Date.now() < late) {
    const waiting = await sql`
      select 1 from pg_stat_activity where datname = current_database()
        and wait_event_type = 'Lock'`;
    if (waiting.length === 0) return;
    await new Promise((go) => setTimeout(go, 10));
  }
  throw new Error("Somebody waits still");
}

onlyReal(
  "A page that waits for the database is a page that says so, and nothing hangs",
  () =>
    company(async ({ app, hasten, calm }) => {
      await withLocked(urlOf(app), "customer_order", async () => {
        hasten();
        // More than there are connections: some only wait for one.
        const asked = Array.from(
          { length: 20 },
          () => app.as("d1").fetch("/orders/O1/group"),
        );
        for (const response of await Promise.all(asked)) {
          const html = await response.text();
          assert.equal(response.status, 503);
          assert.match(html, />服务暂时没有响应</);
          assert.match(html, />请稍后重试</);
          assert.match(html, /error-DATABASE_UNAVAILABLE/);
          assert.equal(response.headers.get("retry-after"), "5");
          assert.ok(response.headers.get("content-security-policy"));
        }
        await nobodyWaits(app);
      });
      calm();
      const response = await app.as("d1").fetch("/orders/O1/group");
      await response.body?.cancel();
      assert.equal(response.status, 200);
    }),
);

onlyReal(
  "What was to be written is not told as refused, and is done when it is repeated",
  () =>
    company(async ({ app, hasten, calm }, customerExternalUserId) => {
      const wish = { orderId: "O1", customerExternalUserId };
      const look = await app.as("d1").flow("group.preview", wish);
      assert.equal(look.status, 200);
      const confirm = () =>
        app.as("d1").flow("group.prepare", { ...wish, attempt: "one-page" });
      await withLocked(urlOf(app), "group_intent", async () => {
        hasten();
        const cut = await confirm();
        assert.equal(cut.status, 503);
        assert.equal(cut.error, "DATABASE_UNAVAILABLE");
        assert.equal(cut.headers.get("retry-after"), "5");
        await nobodyWaits(app);
      });
      calm();
      const { sql } = app.services;
      const tried = await sql`
      select outcome from audit_log where action = 'group.prepare'`;
      assert.deepEqual(tried.map((row) => row.outcome), ["failed"]);
      assert.equal((await confirm()).status, 200);
      assert.equal((await confirm()).status, 200);
      assert.equal((await sql`select 1 from group_intent`).length, 1);
    }),
);

onlyReal(
  "A probe leaves nothing behind, however often it asks",
  () =>
    company(async ({ app }) => {
      await withLocked(urlOf(app), "customer_order", async () => {
        const response = await app.as(null).fetch("/readyz");
        const { details } = await response.json();
        assert.equal(response.status, 503);
        assert.deepEqual(details.failing, ["database"]);
        await nobodyWaits(app);
      });
    }),
);

test("A page is shown without what WeCom does not answer in time", () =>
  stubbed(async ({ app, hasten, hang, answer }) => {
    const { status } = await app.as("d1").flow("customer.match", {
      orderId: "O1",
    });
    assert.equal(status, 200);
    hang(/ticket/);
    // The rest of the page has the rest of the time.
    hasten({ page: 5_000 });
    const response = await app.as("d1").fetch("/orders/O1/group");
    answer();
    const html = await response.text();
    assert.equal(response.status, 200);
    assert.match(html, /王女士/);
    assert.match(html, /WECOM_UNAVAILABLE/);
  }));

test("Who waits for WeCom is told that it is WeCom, and the reading goes on", () =>
  stubbed(async ({ app, stub, hasten, calm, hang, answer }) => {
    hang(/batch\/get_by_user/);
    hasten();
    const match = () => app.as("d1").flow("customer.match", { orderId: "O1" });
    const { status, error, headers } = await match();
    assert.deepEqual([status, error], [503, "WECOM_UNAVAILABLE"]);
    assert.equal(headers.get("retry-after"), "5");
    calm();
    answer();
    assert.equal((await match()).data.status, "matched");
    assert.equal(stub.count("externalcontact/batch/get_by_user"), 1);
  }));

test("A stream goes on for as long as it takes", () =>
  stubbed(async ({ app, hasten, hang, answer }) => {
    hang(/batch\/get_by_user/);
    hasten();
    const response = await app.as("d1").fetch("/api/contacts/sync", {
      method: "POST",
      headers: { "content-type": "application/json", origin: ORIGIN },
      body: "{}",
    });
    assert.equal(response.status, 200);
    await new Promise((later) => setTimeout(later, 2 * SHORT.api));
    answer();
    assert.match(await response.text(), /\{"done":true\}\n$/);
  }));

/** An ERP's push whose body comes in pieces. */
function push(
  app: TestApp,
  pieces: (string | Promise<string>)[],
): Promise<Response> {
  const parts = pieces.values();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = parts.next();
      if (done) controller.close();
      else controller.enqueue(new TextEncoder().encode(await value));
    },
  });
  const request = new Request(`${ORIGIN}/api/erp/orders`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${ERP_TOKEN}`,
    },
    body,
  });
  return app.handler(request);
}

test("A body that does not come to its end is to be sent again", () =>
  company(async ({ app, hasten }) => {
    hasten();
    const rest = Promise.withResolvers<string>();
    const response = await push(app, ['{"orders":[', rest.promise]);
    rest.resolve("]}");
    const { error } = await response.json();
    assert.deepEqual([response.status, error], [408, "REQUEST_INCOMPLETE"]);
    assert.equal(response.headers.get("retry-after"), "1");
  }));

onlyReal(
  "The time of a request begins when its body is here",
  () =>
    company(async ({ app, hasten }) => {
      const text = JSON.stringify({ orders: [order({ orderId: "O2" })] });
      await withLocked(urlOf(app), "customer_order", async () => {
        hasten();
        const waited = SHORT.api / 2;
        const began = performance.now();
        const whole = new Promise<string>((go) =>
          setTimeout(() => go(text), waited)
        );
        const response = await push(app, [whole]);
        await response.body?.cancel();
        assert.equal(response.status, 503);
        assert.ok(performance.now() - began >= waited + SHORT.api);
      });
    }),
);
