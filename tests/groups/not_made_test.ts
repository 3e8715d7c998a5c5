/**
 * Somebody said that the group is there, and it is not: a wrong tap must not
 * keep an order for half an hour, nor must a late one lose a group.
 */
import assert from "node:assert/strict";
import {
  type Company,
  createAsPrepared,
  LI,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "../reconcile/support.ts";

async function reported(company: Company) {
  const { services, clock } = company;
  const { order, customer } = await withOrder(company);
  const intent = await prepared(company, order, customer);
  clock.now += 5_000;
  await services.groups.record(LI, order, intent, null);
  const state = async () =>
    (await services.intents.find(intent.intentId))?.state;
  const notMade = async () => {
    const current = await services.intents.find(intent.intentId);
    assert.ok(current);
    await services.groups.cancel(LI, current, { notMade: true });
    return await state();
  };
  return { order, customer, intent, state, notMade };
}

Deno.test("A search for a group that was never made is given up on a person's word and WeCom's", async () => {
  await withCompany(SMALL, async (company) => {
    const { order, customer, notMade } = await reported(company);
    company.clock.now += 5_000;
    // WeCom's list may lag still: nobody can say.
    assert.equal(await notMade(), "searching");
    company.clock.now += MINUTE;
    assert.equal(await notMade(), "ended");
    await prepared(company, order, customer);
  });
});

Deno.test("A plain cancel, which may come late, ends no search", async () => {
  await withCompany(SMALL, async (company) => {
    const { intent, state } = await reported(company);
    company.clock.now += 2 * MINUTE;
    await company.services.groups.cancel(LI, intent);
    assert.equal(await state(), "searching");
  });
});

Deno.test("What WeCom has is found, whatever the person says", async () => {
  await withCompany(SMALL, async (company) => {
    const { intent, notMade } = await reported(company);
    createAsPrepared(company, intent);
    company.clock.now += 2 * MINUTE;
    assert.equal(await notMade(), "bound");
  });
});

Deno.test("Groups that fit are to be looked at first, and a WeCom that is down proves nothing", async () => {
  await withCompany(SMALL, async (company) => {
    const { intent, state, notMade } = await reported(company);
    company.clock.now += 2 * MINUTE;
    company.sandbox.world.down = true;
    await assert.rejects(notMade());
    assert.equal(await state(), "searching");
    company.sandbox.world.down = false;
    createAsPrepared(company, intent);
    createAsPrepared(company, intent);
    company.clock.now += 5_000;
    assert.equal(await notMade(), "searching");
  });
});

Deno.test("Whoever has seen the groups that fit, and says that none is the one, gives the order free", async () => {
  await withCompany(SMALL, async (company) => {
    const { services } = company;
    const { order, customer, intent, notMade } = await reported(company);
    createAsPrepared(company, intent);
    createAsPrepared(company, intent);
    company.clock.now += 5_000;
    const { candidates } = await services.groupViews.get(order);
    assert.equal(candidates?.length, 2);
    assert.equal(await notMade(), "ended");
    // They are offered before another one is made, and do not stand in its way.
    const wish = { customers: [customer] as const, attempt: "another page" };
    const preview = await services.groups.preview(LI, order, wish);
    assert.equal(preview.candidates?.length, 2);
    const again = await services.groups.prepare(LI, order, {
      ...wish,
      force: true,
    });
    assert.equal(again.kind, "intent");
  });
});

Deno.test("A group whose id was told is there", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, clock } = company;
    const { order, customer } = await withOrder(company);
    const intent = await prepared(company, order, customer);
    await services.groups.record(LI, order, intent, "wrSomewhere");
    clock.now += 2 * MINUTE;
    const current = await services.intents.find(intent.intentId);
    assert.ok(current);
    await services.groups.cancel(LI, current, { notMade: true });
    const after = await services.intents.find(intent.intentId);
    assert.equal(after?.state, "searching");
  });
});
