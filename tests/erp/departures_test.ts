/** The ERP tells who leaves the company, and from when nobody acts as them. */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "../support/app.ts";
import { pushAll, STAFF, world } from "../support/company.ts";

const MINUTE = 60;

let told = 0;

/** `seconds` from now. */
async function departs(app: TestApp, wxUserId: string, seconds = 0) {
  const event = {
    eventId: `gone-${++told}`,
    type: "staff.departed",
    wxUserId,
    at: new Date(Date.now() + seconds * 1_000).toISOString(),
  };
  const response = await push(app, "events", { events: [event] });
  assert.equal((await response.json()).data.accepted, 1);
}

const isOut = async (app: TestApp, wxUserId: string) =>
  (await app.as(wxUserId).flow("orders.list")).error === "FORBIDDEN";

async function company(
  fn: (app: TestApp) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  await withApp({ seed: world().seed, env }, async (app) => {
    await pushAll(app);
    await fn(app);
  });
}

/** As if the time of the departure had come. */
const timeComes = (app: TestApp, key: string) =>
  app.services.sql`
    update staff set departed_at = now() - interval '1 second'
    where user_key = ${key} and departed_at is not null`;

Deno.test("Who left the company is out at once, and back when the ERP pushes them again", () =>
  company(async (app) => {
    assert.equal(await isOut(app, "d1"), false);
    await departs(app, "D1");
    assert.equal(await isOut(app, "d1"), true);
    // Who is out is not told to be out again.
    await departs(app, "d1");
    const rows = await app.services.sql`
      select subject, outcome from audit_log where action = 'staff.departed'`;
    assert.deepEqual(rows.map((row) => ({ ...row })), [
      { subject: "D1", outcome: "done" },
    ]);
    await pushAll(app);
    assert.equal(await isOut(app, "d1"), false);
  }));

Deno.test("Who will leave works here until then, whatever is pushed before", () =>
  company(async (app) => {
    await departs(app, "d1", 30 * 24 * 60 * MINUTE);
    assert.equal(await isOut(app, "d1"), false);
    await pushAll(app);
    // Another spelling is another row of the same person.
    const staff = STAFF.filter((one) => one.wxUserId === "d1")
      .map((one) => ({ ...one, wxUserId: "D1" }));
    await (await push(app, "staff", { staff })).body?.cancel();
    assert.equal(await isOut(app, "d1"), false);
    await timeComes(app, "d1");
    assert.equal(await isOut(app, "d1"), true);
    await pushAll(app);
    assert.equal(await isOut(app, "d1"), false);
  }));

Deno.test("A departure that is yet to come may be told anew", () =>
  company(async (app) => {
    await departs(app, "d1", 60 * MINUTE);
    await departs(app, "d1");
    assert.equal(await isOut(app, "d1"), true);
  }));

Deno.test("A departure that is told late counts at once, until the next push", () =>
  company(async (app) => {
    await departs(app, "d1", -30 * 24 * 60 * MINUTE);
    assert.equal(await isOut(app, "d1"), true);
    await pushAll(app);
    assert.equal(await isOut(app, "d1"), false);
  }));

Deno.test("An admin by ADMIN_USERIDS who left is out, pushed before or not", () =>
  company(async (app) => {
    await departs(app, "BOSS", 60 * MINUTE);
    for (const admin of ["boss", "ad"]) {
      assert.equal(await isOut(app, admin), false, admin);
    }
    await timeComes(app, "boss");
    await departs(app, "ad");
    for (const admin of ["boss", "ad"]) {
      assert.equal(await isOut(app, admin), true, admin);
      const { error } = await app.as(admin)
        .flow("customer.reveal", { orderId: "O1" });
      assert.equal(error, "FORBIDDEN", admin);
    }
    const staff = [{ wxUserId: "boss", name: "老板", role: "designer" }];
    await (await push(app, "staff", { staff })).body?.cancel();
    assert.equal(await isOut(app, "boss"), false);
    await departs(app, "nobody-here");
    const [none] = await app.services.sql`
      select from staff where user_key = 'nobody-here'`;
    assert.equal(none, undefined);
  }, { ADMIN_USERIDS: "boss, ad" }));
