/**
 * Creations whose end nobody reported, or whose client answered no chat id
 * (older than 3.0.36, doc 98429): found, asked about, or given up.
 */
import assert from "node:assert/strict";
import { loadGroupPage } from "../../lib/groups/page.ts";
import { AppError } from "../../lib/http/errors.ts";
import { onRealPostgres } from "../support/database.ts";
import {
  type Company,
  createAsPrepared,
  LI,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "./support.ts";

const LIST = "externalcontact/groupchat/list";

async function state({ services }: Company): Promise<string[]> {
  const rows = await services.sql<{ state: string }[]>`
    select state from group_intent order by created_at, intent_id`;
  return rows.map((row) => row.state);
}

async function endings({ services }: Company): Promise<unknown[]> {
  const rows = await services.sql<{ detail: { reason: string } }[]>`
    select detail from audit_log where action = 'group.intent_expired'
    order by audit_id`;
  return rows.map((row) => row.detail.reason);
}

function openPage({ services }: Company, { orderId }: { orderId: string }) {
  const caller = { actor: LI, requestId: "r" };
  const url = `${services.config.publicOrigin}/orders/${orderId}/group`;
  return loadGroupPage(services, caller, orderId, url);
}

async function refusal(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(() => null, (error) => error);
  assert.ok(error instanceof AppError, String(error));
  return error;
}

Deno.test({
  name: "a creation that is opened while a group is bound sees the group",
  // The embedded database has one session only.
  ignore: !onRealPostgres,
  async fn() {
    await withCompany(SMALL, async (company) => {
      const { services, sandbox, clock } = company;
      const { order, customer } = await withOrder(company);
      const chatId = sandbox.world.staffCreatesChat({
        userId: "li",
        groupName: "自己建的群",
        userIds: ["wang"],
        externalUserIds: [customer],
      });
      clock.now += MINUTE;
      const { sql, groups } = services;
      const waits = async (table: string) => {
        for (let found = 0; found === 0;) {
          found = (await sql`
            select 1 from pg_stat_activity where wait_event_type = 'Lock'
              and query like ${`%${table}%`}`).length;
        }
      };
      const under: { way?: Promise<unknown>; seen?: Promise<unknown> } = {};
      await sql.begin(async (other) => {
        // The binding gets as far as its last statement.
        await other`lock table audit_log in exclusive mode`;
        under.way = groups.link(LI, order, chatId, [customer]);
        await waits("audit_log");
        const opening = services.groups.prepare(LI, order, {
          customers: [customer],
          attempt: "page",
        });
        const first = await Promise.race([
          waits("customer_order").then(() => "waits"),
          opening.then(() => "opened beside it"),
        ]);
        assert.equal(first, "waits");
        under.seen = opening.then((found) =>
          found.kind === "existing" && found.existing.chatId
        );
      });
      assert.equal(await under.seen, chatId);
      await under.way;
    });
  },
});

Deno.test("a creation that was left open beside the order's group is ended", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 0;
    const intent = await prepared(company, order, customer);
    const chatId = createAsPrepared(company, intent);
    await services.groups.record(LI, order, intent, chatId);
    await services.sql`update group_intent set state = 'pending'`;
    clock.now += 2 * MINUTE;
    assert.deepEqual(await services.reconciler.due(), { bound: 0, expired: 0 });
    assert.deepEqual(await state(company), ["cancelled"]);
  });
});

Deno.test("a group made without a chat id is active within 10 s of showing up, and WeCom is not hammered", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 20_000;
    const intent = await prepared(company, order, customer);
    const chatId = createAsPrepared(company, intent);
    const shows = clock.now + 20_000;
    const recorded = await services.groups.record(LI, order, intent, null);
    assert.equal(recorded.status, "searching");
    sandbox.world.calls.reset();
    let view = await services.groupViews.get(order);
    // Two phones ask twice a second.
    while (view.status === "searching" && clock.now < shows + 10_000) {
      clock.now += 500;
      const views = await Promise.all([
        services.groupViews.get(order),
        services.groupViews.get(order),
      ]);
      view = views[0];
    }
    assert.equal(view.status, "active");
    assert.equal(view.chatId, chatId);
    assert.ok(clock.now - shows <= 10_000, `${clock.now - shows} ms`);
    const lists = sandbox.world.calls.count(LIST);
    assert.ok(lists <= 16, `${lists} listings in 20 s`);
  });
});

Deno.test("a group whose page died is bound with the next requests, whoever makes them", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    createAsPrepared(company, await prepared(company, order, customer));
    clock.now += 2 * MINUTE;
    services.reconciler.nudge();
    await services.reconciler.close();
    assert.deepEqual(await state(company), ["active"]);
    assert.equal((await services.groupViews.get(order)).status, "active");
  });
});

Deno.test("two instances do not look for the same creation at once", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock, another } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    await services.groups.record(LI, order, intent, null);
    const second = await another();
    // Both have listed the colleague's groups, whoever is quicker.
    await second.groupViews.get(order);
    clock.now += 10_000;
    sandbox.world.calls.reset();
    await Promise.all([
      services.reconciler.due(),
      second.reconciler.due(),
      second.reconciler.due(),
    ]);
    assert.equal(sandbox.world.calls.count(LIST), 1);
  });
});

Deno.test("a creation that led to nothing frees the order and says what happened", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    await services.groups.record(LI, order, intent, null);
    clock.now += 31 * MINUTE;
    // Told right away, and written down by whoever asks first.
    const before = await refusal(services.groupViews.get(order));
    const page = await openPage(company, order);
    assert.equal(page.intent, null);
    assert.match(page.ended ?? "", /没有查到这个群.*可以重新建群/);
    assert.equal(before.error, "GROUP_NOT_FOUND");
    assert.deepEqual(await services.reconciler.due(), { bound: 0, expired: 0 });
    assert.deepEqual(await endings(company), ["not_found_in_time"]);
    const after = await refusal(services.groupViews.get(order));
    assert.deepEqual(after.details, before.details);
    assert.equal(
      (after.details as { reason: string }).reason,
      "not_found_in_time",
    );
    assert.match(after.msg, /重新建群/);
    await prepared(company, order, customer);
    assert.deepEqual(await state(company), ["expired", "pending"]);
    assert.equal((await openPage(company, order)).ended, undefined);
  });
});

Deno.test("a page that is opened long after the lease finds the group all the same", async () => {
  await withCompany(SMALL, async (company) => {
    const { clock } = company;
    const { order, customer } = await withOrder(company);
    createAsPrepared(company, await prepared(company, order, customer));
    clock.now += 5 * 60 * MINUTE;
    const page = await openPage(company, order);
    assert.equal(page.group?.status, "active");
    assert.deepEqual(await state(company), ["active"]);
  });
});

Deno.test("a person who prepares again ends the old creation, and that is written down too", async () => {
  await withCompany(SMALL, async (company) => {
    const { clock } = company;
    const { order, customer } = await withOrder(company);
    await prepared(company, order, customer);
    clock.now += 11 * MINUTE;
    await prepared(company, order, customer);
    assert.deepEqual(await endings(company), ["not_reported"]);
  });
});

Deno.test("while WeCom is down nothing is given up", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    sandbox.world.settings.lagMs = 0;
    createAsPrepared(company, intent);
    clock.now += 11 * MINUTE;
    sandbox.world.down = true;
    assert.deepEqual(await services.reconciler.due(), { bound: 0, expired: 0 });
    sandbox.world.down = false;
    clock.now += MINUTE;
    assert.deepEqual(await services.reconciler.due(), { bound: 1, expired: 0 });
  });
});

Deno.test("a first report that comes after the lease is searched for; a repeated one changes nothing", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 15 * MINUTE;
    const intent = await prepared(company, order, customer);
    createAsPrepared(company, intent);
    clock.now += 11 * MINUTE;
    await services.reconciler.due();
    assert.deepEqual(await state(company), ["expired"]);
    const late = await services.groups.record(LI, order, intent, null);
    assert.equal(late.status, "searching");
    clock.now += 5 * MINUTE;
    assert.equal((await services.groupViews.get(order)).status, "active");
    const again = await services.groups.record(LI, order, intent, null);
    assert.equal(again.status, "active");
    assert.deepEqual(await state(company), ["active"]);
  });
});

Deno.test("a report of a search that was given up is told so, not left waiting", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    await services.groups.record(LI, order, intent, null);
    clock.now += 31 * MINUTE;
    await services.reconciler.due();
    const ended = await services.intents.find(intent.intentId);
    assert.ok(ended);
    const error = await refusal(
      services.groups.record(LI, order, ended, null),
    );
    assert.equal(error.error, "GROUP_NOT_FOUND");
  });
});

Deno.test("several groups fit: the page shows them by name, members and time, and a colleague may choose", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    const first = createAsPrepared(company, intent);
    clock.now += 5_000;
    const second = createAsPrepared(company, intent);
    clock.now += 5_000;
    const recorded = await services.groups.record(LI, order, intent, null);
    assert.equal(recorded.status, "searching");
    const view = await services.groupViews.get(order);
    assert.equal(view.status, "searching");
    assert.deepEqual(
      view.candidates?.map((one) => one.chatId),
      [second, first],
    );
    assert.deepEqual(view.candidates?.[0]?.memberNames, [
      "李设计",
      "王经理",
      "陈女士",
    ]);
    const manager = { ...LI, wxUserId: "wang", name: "王经理" };
    await services.groups.link(manager, order, first, []);
    const settled = await services.groupViews.get(order);
    assert.deepEqual([settled.status, settled.chatId], ["active", first]);
    assert.deepEqual(await state(company), ["active"]);
  });
});

Deno.test("a group that shows up after the lease is bound by the nightly run", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 60 * MINUTE;
    const intent = await prepared(company, order, customer);
    createAsPrepared(company, intent);
    clock.now += 11 * MINUTE;
    await services.reconciler.due();
    clock.now += 2 * 60 * MINUTE;
    const report = await services.reconciler.run("nightly");
    assert.equal(report?.counts.bound, 1);
    assert.equal((await services.groupViews.get(order)).status, "active");
  });
});

Deno.test("another group that was made for an order is told of after the night, though no event told it", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    sandbox.world.settings.lagMs = 0;
    const intent = await prepared(company, order, customer);
    const chatId = createAsPrepared(company, intent);
    await services.groups.record(LI, order, intent, chatId);
    const other = createAsPrepared(company, intent);
    clock.now += MINUTE;
    await services.reconciler.run("nightly");
    const view = await services.groupViews.get(order);
    assert.equal(view.chatId, chatId);
    assert.deepEqual(view.twins?.map((one) => one.chatId), [other]);
  });
});
