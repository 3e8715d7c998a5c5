/**
 * A customer among a colleague's contacts only: who has the customer is told by
 * name, to operators without customers of their own, too; and colleagues who are
 * not there any more are not put into a group.
 */
import assert from "node:assert/strict";
import { loadGroupPage } from "../../lib/groups/page.ts";
import { ORIGIN, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, world } from "../support/company.ts";

const O1 = { orderId: "O1" };

async function company(
  fn: (app: TestApp, customer: string) => Promise<void>,
  over: Record<string, unknown> = {},
): Promise<void> {
  const { seed, ids } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [order(over)]);
    await fn(app, ids[0] ?? "");
  });
}

/** What `customer.match` and the page say. */
async function told(app: TestApp, wxUserId: string) {
  const answer = await app.as(wxUserId).flow("customer.match", O1);
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const { status, candidates, followers } = answer.data;
  const actor = await app.services.staff.find(wxUserId);
  assert.ok(actor);
  const page = await loadGroupPage(
    app.services,
    { actor, requestId: "r1" },
    "O1",
    `${ORIGIN}/orders/O1/group`,
  );
  assert.equal(page.match?.kind, "known");
  if (page.match?.kind !== "known") return assert.fail();
  assert.deepEqual(page.match.match.followers, followers, "the page");
  assert.equal(page.match.match.status, status, "the page");
  return { status, candidates, followers };
}

const HAS = [{ wxUserId: "d1", name: "陈设计" }];

Deno.test("Who lacks the customer is told which colleague has them", () =>
  company(async (app) => {
    const found = await told(app, "p1");
    assert.deepEqual(found, { status: "none", candidates: [], followers: HAS });
  }));

for (const canContact of [true, false]) {
  Deno.test(`An operator ${canContact ? "with" : "without"} the right to customers is told, too`, () =>
    company(async (app) => {
      app.sandbox.world.staffRights({ userId: "op", canContact });
      const found = await told(app, "op");
      assert.deepEqual(found, {
        status: "none",
        candidates: [],
        followers: HAS,
      });
    }));
}

Deno.test("If nobody has the customer, an operator without the right is told of the right", () =>
  company(async (app) => {
    app.sandbox.world.staffRights({ userId: "op", canContact: false });
    const answer = await app.as("op").flow("customer.match", O1);
    assert.equal(answer.error, "NO_CUSTOMER_CONTACT_PERMISSION");
  }, { customerPhone: "13900000009" }));

const GONE: Record<string, (app: TestApp) => unknown> = {
  "left the company, of which no push told us": ({ sandbox }) =>
    sandbox.world.staffLeaves({ userId: "p1" }),
  "is out of the app's scope": ({ sandbox }) =>
    sandbox.world.staffRights({ userId: "p1", visible: false }),
};

async function sheet(app: TestApp, customer: string) {
  const wish = { ...O1, customerExternalUserId: customer };
  const preview = await app.as("d1").flow("group.preview", wish);
  assert.equal(preview.status, 200, JSON.stringify(preview));
  const attempt = "page";
  const prepared = await app.as("d1")
    .flow("group.prepare", { ...wish, attempt });
  const missing = preview.data.missing as {
    name: string;
    reason: string;
    next: string;
  }[];
  return { missing, userIds: prepared.data.userIds };
}

for (const [name, leave] of Object.entries(GONE)) {
  Deno.test(`A colleague who ${name} is named with the next step, and is not put in`, () =>
    company(async (app, customer) => {
      leave(app);
      const { missing, userIds } = await sheet(app, customer);
      assert.deepEqual(missing.map((one) => [one.name, one.reason]), [
        ["吴经理", "out_of_scope"],
      ]);
      assert.match(missing[0]?.next ?? "", /请管理员/);
      assert.deepEqual(userIds, ["d1"]);
    }));
}

Deno.test("An account that never was is found out, and who is let in again is put in at once", () =>
  company(async (app, customer) => {
    const { missing, userIds } = await sheet(app, customer);
    assert.deepEqual(missing.map((one) => one.name), ["nosuch"]);
    assert.deepEqual(userIds, ["d1"]);
    app.sandbox.world.staffJoins({ userId: "nosuch", name: "新人" });
    const added = app.sandbox.world.customerAppears({ name: "别的客户" });
    app.sandbox.world.staffAddsContact({
      userId: "nosuch",
      externalUserId: added,
    });
    const wish = { ...O1, customerExternalUserId: customer };
    const again = await app.as("d1").flow("group.preview", wish);
    assert.deepEqual(again.data.missing, []);
  }, { projectManagerWxUserId: "nosuch" }));

Deno.test("While WeCom is away, nobody is taken for gone, and the sheet opens", () =>
  company(async (app, customer) => {
    const wish = { ...O1, customerExternalUserId: customer };
    await app.as("d1").flow("customer.match", O1);
    for (const endpoint of ["get_follow_user_list", "batch/get_by_user"]) {
      app.sandbox.world.faults.add({
        endpoint: `externalcontact/${endpoint}`,
        kind: { type: "errcode", errcode: 45009 },
      });
    }
    const answer = await app.as("d1").flow("group.preview", wish);
    assert.equal(answer.status, 200, JSON.stringify(answer));
    assert.deepEqual(answer.data.missing, []);
  }));
