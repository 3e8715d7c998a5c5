/**
 * Colleagues who left, or lost the right to customer contact: they are nobody's
 * followers, while what they wrote down still finds the customer.
 */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const BATCH = "externalcontact/batch/get_by_user";
const FOLLOWERS = "externalcontact/get_follow_user_list";

async function match(app: TestApp, as: string) {
  const answer = await app.as(as).flow("customer.match", { orderId: "O1" });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const { status, candidates, followers } = answer.data as {
    status: string;
    candidates: { externalUserId: string; phone: string }[];
    followers: { wxUserId: string }[];
  };
  return {
    status,
    candidates: candidates.map((one) => one.externalUserId),
    followers: followers.map((one) => one.wxUserId),
  };
}

/** d1 wrote the number down, p1 follows the same customer without one. */
async function withBoth(
  fn: (app: TestApp, customer: string) => Promise<void>,
): Promise<void> {
  const { seed, ids } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order()]);
    const [customer = ""] = ids;
    app.sandbox.world.staffAddsContact({
      userId: "p1",
      externalUserId: customer,
    });
    for (const wxUserId of ["d1", "p1"]) {
      await app.services.contactSync.refresh(wxUserId);
    }
    assert.deepEqual(await match(app, "p1"), {
      status: "matched",
      candidates: [customer],
      followers: ["d1"],
    });
    await fn(app, customer);
  });
}

async function night(app: TestApp) {
  const report = await app.services.reconciler.run("nightly");
  assert.ok(report);
  assert.equal(report.state, "done");
  return report;
}

async function current(app: TestApp, wxUserId: string): Promise<number> {
  const rows = await app.services.sql`
    select 1 from contact_follow
    where wx_user_id = ${wxUserId} and deleted_at is null`;
  return rows.length;
}

Deno.test("Whom the company has let go is not named as a follower; the number still matches", () =>
  withBoth(async (app, customer) => {
    await app.services.sql`
      update staff set departed_at = now() where wx_user_id = 'd1'`;
    assert.deepEqual(await match(app, "p1"), {
      status: "matched",
      candidates: [customer],
      followers: [],
    });
  }));

Deno.test("Whom WeCom does not know any more has no contacts after the night; the number still matches", () =>
  withBoth(async (app, customer) => {
    app.sandbox.world.staffLeaves({ userId: "d1" });
    const report = await night(app);
    assert.equal(report.counts.peopleHidden, 1);
    assert.deepEqual(report.errors, {});
    assert.deepEqual(await match(app, "p1"), {
      status: "matched",
      candidates: [customer],
      followers: [],
    });
    assert.equal(await current(app, "d1"), 0);
    const list = await app.as("op").flow("contacts.list", { wxUserId: "d1" });
    assert.equal(list.error, "NO_CUSTOMER_CONTACT_PERMISSION");
    assert.match(list.msg ?? "", /离职/);
    // Once is enough: the next night asks for nobody who is hidden.
    const { calls } = app.sandbox.world;
    calls.reset();
    assert.equal((await night(app)).counts.peopleHidden, 0);
    assert.equal(calls.count(BATCH), 0);
  }));

Deno.test("Who lost the right is told so instead of shown old candidates, and has them all back with it", () =>
  withBoth(async (app, customer) => {
    const { world: wecom } = app.sandbox;
    wecom.staffRights({ userId: "d1", canContact: false });
    await night(app);
    const refused = await app.as("d1").flow("customer.match", {
      orderId: "O1",
    });
    assert.equal(refused.error, "NO_CUSTOMER_CONTACT_PERMISSION");
    const page = await app.as("d1").fetch("/orders/O1/group");
    assert.match(await page.text(), /error-NO_CUSTOMER_CONTACT_PERMISSION/);
    wecom.staffRights({ userId: "d1", canContact: true });
    assert.deepEqual((await match(app, "d1")).candidates, [customer]);
    assert.equal(await current(app, "d1"), 1);
  }));

Deno.test("Of a hidden person who comes back, what is really gone takes its number along", () =>
  withBoth(async (app, customer) => {
    const { world: wecom } = app.sandbox;
    wecom.staffRights({ userId: "d1", canContact: false });
    await night(app);
    const numbers = () => app.services.sql`select 1 from contact_phone`;
    assert.equal((await numbers()).length, 1);
    wecom.staffRights({ userId: "d1", canContact: true });
    wecom.staffDeletesContact({ userId: "d1", externalUserId: customer });
    await app.services.contactSync.refresh("d1");
    assert.equal((await numbers()).length, 0);
    assert.equal((await match(app, "p1")).status, "none");
  }));

Deno.test("A list of permitted members that comes empty hides nobody who is there", () =>
  withBoth(async (app) => {
    const { api } = app.sandbox;
    app.sandbox.api = async (request) =>
      request.url.includes(FOLLOWERS)
        ? Response.json({ errcode: 0, errmsg: "ok", follow_user: [] })
        : await api(request);
    const report = await night(app);
    assert.equal(report.counts.peopleHidden, 0);
    assert.equal(await current(app, "d1") + await current(app, "p1"), 2);
  }));

Deno.test("An empty list that WeCom gives for somebody without the right takes no number along", () =>
  withBoth(async (app, customer) => {
    const { world: wecom, api } = app.sandbox;
    wecom.staffRights({ userId: "d1", canContact: false });
    app.sandbox.api = async (request) => {
      if (request.url.includes(BATCH)) {
        const body = await request.clone().text();
        if (body.includes('"d1"')) return Response.json({ errcode: 0 });
      }
      return await api(request);
    };
    const answer = await app.as("d1").flow("customer.match", {
      orderId: "O1",
      refresh: true,
    });
    assert.equal(answer.error, "NO_CUSTOMER_CONTACT_PERMISSION");
    assert.deepEqual(await match(app, "p1"), {
      status: "matched",
      candidates: [customer],
      followers: [],
    });
    assert.equal(
      (await app.services.sql`select 1 from contact_phone
      where phone_hash <> ${PHONE}`).length,
      1,
    );
  }));
