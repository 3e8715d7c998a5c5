/** Reading contacts: how many calls it costs, and what a cut or a race leaves. */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import {
  order,
  PHONE,
  pushAll,
  STAFF,
  withStubbedApp,
  world,
} from "../support/company.ts";
import { createServices } from "../../lib/services.ts";

const BATCH = "externalcontact/batch/get_by_user";
const refresh = (app: TestApp, as = "d1") =>
  app.as(as).flow("customer.match", { orderId: "O1", refresh: true });

function many(count: number) {
  return world(Array.from({ length: count }, (_, at) => ({
    of: "d1",
    name: `客户${at}`,
    remarkMobiles: [`138${String(at).padStart(8, "0")}`],
  })));
}

Deno.test("5,000 contacts are matched cold with 53 calls in all, warm with none", async () => {
  const { seed, ids } = many(5_000);
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order({ customerPhone: "13800004999" })]);
    const { calls } = app.sandbox.world;
    const cold = await app.as("d1").fetch("/orders/O1/group");
    await cold.body?.cancel();
    const ask = () => app.as("d1").flow("customer.match", { orderId: "O1" });
    let found = await ask();
    // On a slow machine it takes longer than a match waits.
    while (found.data.status === "syncing") found = await ask();
    assert.equal(found.data.status, "matched");
    const [one] = found.data.candidates as { externalUserId: string }[];
    assert.equal(one?.externalUserId, ids[4_999]);
    assert.ok(calls.count() <= 53, JSON.stringify([...calls.byEndpoint()]));
    calls.reset();
    for (let i = 0; i < 3; i++) {
      const page = await app.as("d1").fetch("/orders/O1/group");
      assert.match(await page.text(), /create-group/);
    }
    await app.as("d1").flow("customer.match", { orderId: "O1" });
    await (await app.as("d1").fetch("/")).body?.cancel();
    assert.equal(calls.count(), 0, JSON.stringify([...calls.byEndpoint()]));
  });
});

Deno.test("A sync that is cut goes on where it was, and deletes nothing before it is complete", async () => {
  const { seed, ids } = many(350);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const { world: wecom } = app.sandbox;
    assert.equal((await refresh(app)).status, 200);
    wecom.staffDeletesContact({ userId: "d1", externalUserId: ids[0] ?? "" });
    wecom.calls.reset();
    // The first two pages come, the third does not.
    let pages = 0;
    const { call } = app.services.wecom;
    app.services.wecom.call = ((endpoint, input, options) => {
      if (endpoint.name === BATCH && ++pages === 3) {
        wecom.faults.add({
          endpoint: BATCH,
          kind: { type: "errcode", errcode: 45009 },
          times: 1,
        });
      }
      return call(endpoint, input, options);
    }) as typeof call;
    assert.equal((await refresh(app)).error, "RATE_LIMITED");
    const alive = await app.services.sql`
      select 1 from contact_follow where deleted_at is null`;
    assert.equal(alive.length, 350, "an incomplete listing proves nothing");
    wecom.calls.reset();
    assert.equal((await refresh(app)).status, 200);
    assert.equal(wecom.calls.count(BATCH), 2, "only what was missing is read");
    const rows = await app.services.sql`
      select 1 from contact_follow where deleted_at is null`;
    assert.equal(rows.length, 349);
  });
});

Deno.test("Whoever asks during a sync joins it, in this process and in another", async () => {
  const { seed } = many(250);
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order({ customerPhone: "13800000001" })]);
    const joined = Promise.withResolvers<void>();
    const other = await createServices(app.services.config, {
      sandbox: app.sandbox,
      log: () => {},
      sleep(ms) {
        joined.resolve();
        return new Promise((resolve) => setTimeout(resolve, ms));
      },
    });
    try {
      const { world: wecom, api } = app.sandbox;
      let pages = 0;
      app.sandbox.api = async (request) => {
        const page = request.url.includes(BATCH) ? ++pages : 0;
        if (page === 2) await joined.promise;
        return await api(request);
      };
      const here = Array.from({ length: 5 }, () => refresh(app));
      while ((await app.services.contactSync.state("d1")).seen === 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await Promise.all([
        ...here,
        other.contactSync.refresh("d1"),
        other.contactSync.refresh("d1"),
      ]);
      assert.equal(wecom.calls.count(BATCH), 3, "one run of three pages");
    } finally {
      await other.close();
    }
  });
});

Deno.test("An instance whose clock is behind neither drops contacts nor misses changes", async () => {
  const { seed, ids } = many(150);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const behind = await createServices(app.services.config, {
      sandbox: app.sandbox,
      now: () => Date.now() - 60_000,
      log: () => {},
    });
    const { sql } = app.services;
    const numbers = async () =>
      (await sql<{ externalUserId: string }[]>`
        select external_user_id from contact_follow
        where deleted_at is null`).map((row) => row.externalUserId);
    try {
      await refresh(app);
      const [gone = "", changed = ""] = ids;
      const { world: wecom } = app.sandbox;
      wecom.staffDeletesContact({ userId: "d1", externalUserId: gone });
      wecom.staffEditsRemark({
        userId: "d1",
        externalUserId: changed,
        remarkMobiles: [PHONE],
      });
      await behind.contactSync.refresh("d1");
      assert.deepEqual((await numbers()).sort(), ids.slice(1).sort());
      const found = await app.as("d1").flow("customer.match", {
        orderId: "O1",
      });
      const [one] = found.data.candidates as { externalUserId: string }[];
      assert.equal(one?.externalUserId, changed);
    } finally {
      await behind.close();
    }
  });
});

Deno.test("A clock that stands still does not keep a sync from ending", async () => {
  const { seed } = many(3);
  const at = Date.now();
  await withApp({ seed, now: () => at }, async (app) => {
    await pushAll(app, [order({ customerPhone: "13800000001" })]);
    for (let i = 0; i < 3; i++) assert.equal((await refresh(app)).status, 200);
    assert.equal(app.sandbox.world.calls.count(BATCH), 3);
  });
});

Deno.test("The 21st refresh in a minute is refused, with the time to wait", async () => {
  let at = Date.now();
  await withApp({ seed: world().seed, now: () => at }, async (app) => {
    await pushAll(app);
    for (let i = 0; i < 20; i++) {
      assert.equal((await refresh(app)).status, 200, String(i));
    }
    at += 20_000;
    const refused = await refresh(app);
    assert.equal(refused.error, "RATE_LIMITED");
    const wait = Number(refused.headers.get("retry-after"));
    assert.ok(wait >= 39 && wait <= 41, String(wait));
    assert.equal(
      (await app.as("p1").flow("customer.match", {
        orderId: "O1",
        refresh: true,
      })).code,
      1,
      "others may",
    );
    assert.equal(
      (await app.as("d1").flow("customer.match", { orderId: "O1" })).code,
      1,
    );
    at += wait * 1_000;
    assert.equal((await refresh(app)).status, 200);
  });
});

Deno.test("Who has no contacts and no right to have any is told so, each time", async () => {
  const { seed } = world([{ of: "d2", name: "别人的" }]);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    assert.equal(
      (await refresh(app)).data.status,
      "none",
      "may have some, has none",
    );
    app.sandbox.world.staffRights({ userId: "d1", canContact: false });
    for (const again of [true, false]) {
      const answer = await app.as("d1").flow("customer.match", {
        orderId: "O1",
        refresh: again,
      });
      assert.equal(answer.error, "NO_CUSTOMER_CONTACT_PERMISSION");
      assert.equal(answer.status, 403);
      const page = await app.as("d1").fetch("/orders/O1/group");
      assert.match(await page.text(), /error-NO_CUSTOMER_CONTACT_PERMISSION/);
    }
  });
});

Deno.test("A page that is opened again asks WeCom nothing, of who has no contacts either", async () => {
  const { seed } = world();
  const clock = { now: Date.now() };
  await withApp({ seed, now: () => clock.now }, async (app) => {
    await pushAll(app);
    const { world: wecom } = app.sandbox;
    wecom.staffRights({ userId: "ad", canContact: false });
    const calls = async (as: string) => {
      const before = wecom.calls.count();
      const page = await app.as(as).fetch("/orders/O1/group");
      const html = await page.text();
      assert.equal(page.status, 200);
      // Who may have none is told who has the customer instead.
      assert.ok(!html.includes("error-NO_CUSTOMER_CONTACT_PERMISSION"), as);
      return wecom.calls.count() - before;
    };
    for (const as of ["d1", "op", "ad"]) {
      assert.ok(await calls(as) > 0);
      assert.equal(await calls(as), 0, as);
    }
    // By a tap WeCom is asked at once, by a page after ten minutes.
    clock.now += 9 * 60_000;
    for (const as of ["op", "ad"]) assert.equal(await calls(as), 0, as);
    const before = wecom.calls.count();
    await app.as("ad").flow("customer.match", { orderId: "O1" });
    assert.ok(wecom.calls.count() > before);
    clock.now += 10 * 60_000 + 1;
    for (const as of ["op", "ad"]) assert.ok(await calls(as) > 0, as);
  });
});

Deno.test("Whoever has no relation with anybody has no contacts, and no error", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.followUsers.push("d1");
    await app.as("d1").flow("customer.match", { orderId: "O1" });
    stub.spoil = (path) =>
      path.endsWith("get_by_user")
        ? Response.json({ errcode: 84061, errmsg: "no relation" })
        : undefined;
    const answer = await refresh(app);
    assert.equal(answer.data.status, "none");
    const left = await app.services.sql`
      select 1 from contact_follow where deleted_at is null`;
    assert.equal(left.length, 0);
  }));

Deno.test("An empty list that WeCom gives to whoever has no permission is not 'no customers'", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.contacts.set("p1", []);
    for (let i = 0; i < 2; i++) {
      const answer = await app.as("p1").flow("customer.match", {
        orderId: "O1",
      });
      assert.equal(answer.error, "NO_CUSTOMER_CONTACT_PERMISSION", String(i));
    }
    stub.followUsers.push("p1");
    const answer = await app.as("p1").flow("customer.match", { orderId: "O1" });
    assert.equal(answer.data.status, "none");
    assert.deepEqual(answer.data.followers, [{
      wxUserId: "d1",
      name: "陈设计",
    }]);
  }));

Deno.test("Odd answers are taken as they are meant: doubles, blanks, strange names", () =>
  withStubbedApp(async ({ app, stub }) => {
    stub.contacts.set("d1", []);
    for (let at = 0; at < 150; at++) {
      stub.follow("d1", `wm${at % 140}`, `客户${at}`, [
        `1390000${String(at % 140).padStart(4, "0")}`,
      ]);
    }
    stub.follow("d1", "wmOdd", "名\u0000字\ud800", ["", " ", "-", PHONE]);
    const mine = stub.contacts.get("d1") ?? [];
    mine.push({
      external_contact: { external_userid: "wmBare" },
      follow_info: { userid: "d1", remark_mobiles: null, createtime: 1e18 },
    });
    const found = await refresh(app);
    assert.equal(found.data.status, "matched", JSON.stringify(found));
    const [one] = found.data.candidates as { externalUserId: string }[];
    assert.equal(one?.externalUserId, "wmOdd");
    const rows = await app.services
      .sql`select 1 from contact_follow where wx_user_id = 'd1'`;
    assert.equal(rows.length, 142);
    // The next answer is another: a page moved, one is gone, one has a new number.
    stub.contacts.set(
      "d1",
      mine.filter((one) => one.external_contact.external_userid !== "wmOdd")
        .reverse(),
    );
    assert.equal((await refresh(app)).data.status, "none");
  }));

Deno.test("Members who share their customers are read at once without blocking each other", () =>
  withStubbedApp(async ({ app, stub }) => {
    const ids = Array.from({ length: 300 }, (_, at) => `wmShared${at}`);
    const people = STAFF.map((one) => one.wxUserId);
    for (const [at, who] of people.entries()) {
      stub.contacts.set(who, []);
      for (const id of at % 2 ? ids : ids.toReversed()) {
        stub.follow(who, id, id);
      }
    }
    for (let round = 0; round < 3; round++) {
      await Promise.all(
        people.map((who) => app.services.contactSync.refresh(who)),
      );
    }
    const [row] = await app.services
      .sql`select count(*)::int as n from contact_follow where deleted_at is null`;
    assert.equal(row?.n, 300 * people.length);
    const lists = await Promise.all(Array.from({ length: 6 }, (_, at) => {
      const orders = Array.from(
        { length: 40 },
        (_, n) => order({ orderId: `S${n}` }),
      );
      return push(app, "orders", {
        orders: at % 2 ? orders : orders.toReversed(),
      });
    }));
    for (const response of lists) {
      assert.equal(response.status, 200, await response.text());
    }
  }));

Deno.test("An app that ends tells whoever waits, and leaves the sync to others at once", async () => {
  const { seed } = many(450);
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order({ customerPhone: "13800000001" })]);
    const other = await createServices(app.services.config, {
      sandbox: app.sandbox,
      log: () => {},
    });
    try {
      const { world: wecom } = app.sandbox;
      wecom.settings.latencyMs = 20;
      const asked = refresh(app);
      while (wecom.calls.count(BATCH) < 2) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      // Another instance waits for it, and ends, too.
      const waiting = other.contactSync.refresh("d1").catch((error) => error);
      await other.contactSync.close();
      assert.equal((await waiting).error, "WECOM_UNAVAILABLE");
      await app.services.contactSync.close();
      const answer = await asked;
      assert.deepEqual([answer.status, answer.error], [
        503,
        "WECOM_UNAVAILABLE",
      ]);
      assert.match(answer.msg ?? "", /重启.*重试/);
      assert.ok(wecom.calls.count(BATCH) < 5);
      await assert.rejects(app.services.contactSync.refresh("d1"));
      const third = await createServices(app.services.config, {
        sandbox: app.sandbox,
        log: () => {},
      });
      const { seen } = await third.contactSync.refresh("d1");
      await third.close();
      assert.equal(seen, 450);
      assert.ok(wecom.calls.count(BATCH) <= 6, "nothing is read again");
    } finally {
      await other.close();
    }
  });
});

Deno.test("A sync that a clock far ahead takes over is read to its end once, and loses nobody", async () => {
  const { seed } = many(650);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const { world: wecom } = app.sandbox;
    await app.services.contactSync.refresh("d1");
    wecom.calls.reset();
    wecom.settings.latencyMs = 10;
    const ahead = await createServices(app.services.config, {
      sandbox: app.sandbox,
      now: () => Date.now() + 60_000,
      log: () => {},
    });
    try {
      const first = app.services.contactSync.refresh("d1");
      while (wecom.calls.count(BATCH) < 3) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const [one, two] = await Promise.all([
        first,
        ahead.contactSync.refresh("d1"),
      ]);
      assert.deepEqual([one.seen, two.seen], [650, 650]);
      // The page that was on its way is read twice; no run is made twice.
      assert.ok(wecom.calls.count(BATCH) <= 9, `${wecom.calls.count(BATCH)}`);
      const rows = await app.services.sql`
        select 1 from contact_follow where deleted_at is null`;
      assert.equal(rows.length, 650);
    } finally {
      await ahead.close();
    }
  });
});

Deno.test("Two instances that find an old run cut begin one anew, and both wait for its end", async () => {
  const { seed, ids } = many(250);
  await withApp({ seed }, async (app) => {
    await pushAll(app);
    const { world: wecom } = app.sandbox;
    const { call } = app.services.wecom;
    let pages = 0;
    app.services.wecom.call = ((endpoint, input, options) => {
      if (endpoint.name === BATCH && ++pages === 3) {
        wecom.faults.add({
          endpoint: BATCH,
          kind: { type: "errcode", errcode: 45009 },
          times: 1,
        });
      }
      return call(endpoint, input, options);
    }) as typeof call;
    await assert.rejects(app.services.contactSync.refresh("d1"));
    // What the cut run had seen proves nothing an hour later.
    wecom.staffDeletesContact({ userId: "d1", externalUserId: ids[0] ?? "" });
    const options = {
      sandbox: app.sandbox,
      now: () => Date.now() + 60 * 60_000,
      log: () => {},
    };
    const both = await Promise.all([
      createServices(app.services.config, options),
      createServices(app.services.config, options),
    ]);
    try {
      wecom.settings.latencyMs = 10;
      wecom.calls.reset();
      const states = await Promise.all(
        both.map(({ contactSync }) => contactSync.refresh("d1")),
      );
      for (const { completedAt, seen } of states) {
        assert.ok(completedAt, "nobody is told before the end");
        assert.equal(seen, 249);
      }
      assert.equal(wecom.calls.count(BATCH), 3);
      const rows = await app.services.sql`
        select 1 from contact_follow where deleted_at is null`;
      assert.equal(rows.length, 249);
    } finally {
      for (const services of both) await services.close();
    }
  });
});
