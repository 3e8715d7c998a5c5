/**
 * A creation that ended without a group: what people are told is what happened,
 * and each of the endings has its own way on.
 */
import assert from "node:assert/strict";
import { loadGroupPage } from "../../lib/groups/page.ts";
import { AppError } from "../../lib/http/errors.ts";
import {
  type Company,
  createAsPrepared,
  DAY,
  LI,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "../reconcile/support.ts";

interface Told {
  reason?: string;
  candidates?: { chatId: string; memberNames: string[] }[];
}

/** What group.get and the page say; both must agree. */
async function told(company: Company): Promise<Told & { msg: string }> {
  const { services } = company;
  const order = await services.orders.get("o1");
  const error = await services.groupViews.get(order)
    .then(() => null, (error) => error);
  assert.ok(error instanceof AppError, String(error));
  assert.equal(error.error, "GROUP_NOT_FOUND");
  const details = error.details as Told;
  const page = await openPage(company);
  assert.equal(page.ended, error.msg);
  assert.deepEqual(page.candidates, details.candidates);
  return { ...details, msg: error.msg };
}

function openPage({ services }: Company) {
  const caller = { actor: LI, requestId: "r" };
  const url = `${services.config.publicOrigin}/orders/o1/group`;
  return loadGroupPage(services, caller, "o1", url);
}

async function writtenDown({ services }: Company): Promise<unknown[]> {
  const rows = await services.sql<{ detail: { reason: string } }[]>`
    select detail from audit_log where action = 'group.intent_expired'
    order by audit_id`;
  return rows.map((row) => row.detail.reason);
}

/** Prepared and reported without an id, as by an old client. */
async function searching(company: Company) {
  const { order, customer, other } = await withOrder(company);
  const intent = await prepared(company, order, customer);
  return { order, customer, other, intent };
}

Deno.test("While WeCom does not answer, nobody is told that there is no group", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, intent } = await searching(company);
    await services.groups.record(LI, order, intent, null);
    sandbox.world.down = true;
    for (const minutes of [31, 61]) {
      clock.now += minutes * MINUTE;
      await services.reconciler.due();
      const { reason, msg } = await told(company);
      assert.equal(reason, "not_asked");
      assert.match(msg, /企业微信一直没有回应.*不会重复建群/);
    }
    assert.deepEqual(await writtenDown(company), ["not_asked"]);
    // As soon as WeCom answers, whoever asks is told how it is.
    sandbox.world.down = false;
    const { reason } = await told(company);
    assert.equal(reason, "not_found_in_time");
  });
});

Deno.test("What could not be asked for in time is found by whoever asks next", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, intent } = await searching(company);
    const chatId = createAsPrepared(company, intent);
    clock.now += 5_000;
    sandbox.world.down = true;
    const stored = await services.groups.record(LI, order, intent, null);
    assert.equal(stored.status, "searching");
    clock.now += 100 * MINUTE;
    await services.reconciler.due();
    assert.equal((await told(company)).reason, "not_asked");
    sandbox.world.down = false;
    const view = await services.groupViews.get(order);
    assert.deepEqual([view.status, view.chatId], ["active", chatId]);
  });
});

Deno.test("A look right after the report proves nothing: the group may not have been listed yet", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, intent } = await searching(company);
    await services.groups.record(LI, order, intent, null);
    clock.now += 5_000;
    await services.groupViews.get(order);
    sandbox.world.down = true;
    clock.now += 31 * MINUTE;
    assert.equal((await told(company)).reason, "not_asked");
  });
});

Deno.test("Of several groups that fit, one can still be chosen when the time for it is over", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, intent } = await searching(company);
    const first = createAsPrepared(company, intent);
    clock.now += 5_000;
    const second = createAsPrepared(company, intent);
    clock.now += 5_000;
    await services.groups.record(LI, order, intent, null);
    clock.now += 31 * MINUTE;
    const before = await told(company);
    await services.reconciler.due();
    assert.deepEqual(await writtenDown(company), ["not_chosen"]);
    const after = await told(company);
    assert.deepEqual(after, before);
    assert.equal(after.reason, "not_chosen");
    assert.match(after.msg, /选出这个订单的群/);
    assert.deepEqual(
      after.candidates?.map((one) => one.chatId),
      [second, first],
    );
    const late = await services.intents.find(intent.intentId);
    assert.ok(late);
    await assert.rejects(
      services.groups.record(LI, order, late, null),
      (error: AppError) => (error.details as Told).reason === "not_chosen",
    );
    const manager = { ...LI, wxUserId: "wang", name: "王经理" };
    await services.groups.link(manager, order, first, []);
    const view = await services.groupViews.get(order);
    assert.deepEqual([view.status, view.chatId], ["active", first]);
    assert.equal((await openPage(company)).candidates, undefined);
  });
});

Deno.test("Whoever wants another group than those that fit gets it", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer, intent } = await searching(company);
    createAsPrepared(company, intent);
    createAsPrepared(company, intent);
    await services.groups.record(LI, order, intent, null);
    clock.now += 31 * MINUTE;
    // A colleague, in whose list these groups are not.
    const manager = { ...LI, wxUserId: "wang", name: "王经理" };
    const wish = { customers: [customer] as const, attempt: "page" };
    await services.groups.preview(manager, order, wish);
    const asked = await services.groups.prepare(manager, order, wish);
    assert.ok(asked.kind === "existing" && asked.existing.linkable);
    const again = await services.groups.prepare(LI, order, {
      ...wish,
      force: true,
    });
    assert.ok(again.kind === "intent");
    const page = await openPage(company);
    assert.deepEqual([page.ended, page.candidates], [undefined, undefined]);
  });
});

Deno.test("What the same people make days later did not come of the creation", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer, intent } = await searching(company);
    clock.now += 3 * DAY;
    const chatId = createAsPrepared(company, intent);
    clock.now += 3 * MINUTE;
    const wish = { customers: [customer] as const, attempt: "page" };
    const { existing } = await services.groups.preview(LI, order, wish);
    assert.deepEqual([existing?.chatId, existing?.linkable], [chatId, true]);
    const offered = await services.groups.prepare(LI, order, wish);
    assert.ok(offered.kind === "existing" && offered.existing.linkable);
    assert.equal(offered.existing.chatId, chatId);
    assert.equal((await services.groups.situation("o1")).kind, "ended");
  });
});

Deno.test("An ending from before the order's group is no news once that group is dissolved", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer, intent } = await searching(company);
    await services.groups.record(LI, order, intent, null);
    clock.now += 31 * MINUTE;
    await services.reconciler.due();
    const chatId = sandbox.world.staffCreatesChat({
      userId: "li",
      groupName: "手工建的群",
      userIds: ["wang"],
      externalUserIds: [customer],
    });
    clock.now += 5_000;
    await services.groups.link(LI, order, chatId, [customer]);
    sandbox.world.chatDismissed({ chatId });
    clock.now += MINUTE;
    const view = await services.groupViews.get(order);
    assert.equal(view.status, "dismissed");
    const page = await openPage(company);
    assert.deepEqual([page.ended, page.group?.status], [
      undefined,
      "dismissed",
    ]);
  });
});

Deno.test("Beside a dissolved group, the end of the search for another is told", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer, intent } = await searching(company);
    const chatId = createAsPrepared(company, intent);
    clock.now += 5_000;
    await services.groups.record(LI, order, intent, chatId);
    sandbox.world.chatDismissed({ chatId });
    clock.now += MINUTE;
    const second = await prepared(company, order, customer);
    await services.groups.record(LI, order, second, null);
    clock.now += 31 * MINUTE;
    assert.equal((await told(company)).reason, "not_found_in_time");
  });
});
