/** Who is late: told with the group, by name and with the reason. */
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
} from "./support.ts";

async function active(company: Company) {
  const { services, clock } = company;
  const { order, customer, other } = await withOrder(company);
  const intent = await prepared(company, order, customer);
  const chatId = createAsPrepared(company, intent);
  clock.now += 5_000;
  await services.groups.record(LI, order, intent, chatId);
  return { order, customer, other, chatId };
}

async function missing({ services, clock }: Company) {
  clock.now += 2 * MINUTE;
  const view = await services.groupViews.get(await services.orders.get("o1"));
  return view.missing?.map(({ memberId, kind, reason }) => [
    memberId,
    kind,
    reason,
  ]);
}

Deno.test("a complete group misses nobody", async () => {
  await withCompany(SMALL, async (company) => {
    await active(company);
    assert.equal(await missing(company), undefined);
  });
});

Deno.test("a customer and a colleague who left are told apart from one who is new on the order", async () => {
  await withCompany(SMALL, async (company) => {
    const { chatId, customer } = await active(company);
    const { sandbox, services } = company;
    sandbox.world.memberLeaves({ chatId, id: customer });
    sandbox.world.memberRemoved({ chatId, id: "wang" });
    assert.deepEqual(await missing(company), [
      [customer, "customer", "left"],
      ["wang", "staff", "left"],
    ]);
    await services.orders.upsert([{
      orderId: "o1",
      customerName: "陈女士",
      customerPhone: "13800000001",
      designerWxUserId: "li",
      projectManagerWxUserId: "zhao",
    }]);
    assert.deepEqual(await missing(company), [
      [customer, "customer", "left"],
      ["zhao", "staff", "changed_on_order"],
    ]);
    // As updateEnterpriseChat does, and the customer comes back.
    sandbox.world.staffAddsMembers({
      chatId,
      userId: "li",
      userIds: ["zhao"],
    });
    sandbox.world.staffInvitesCustomer({
      chatId,
      userId: "li",
      externalUserId: customer,
    });
    assert.equal(await missing(company), undefined);
  });
});

Deno.test("a customer who was chosen for the order but is not in the linked group has not joined", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer, other } = await withOrder(company);
    const chatId = sandbox.world.staffCreatesChat({
      userId: "li",
      groupName: "手工建的群",
      userIds: ["wang"],
      externalUserIds: [other],
    });
    clock.now += 5_000;
    await services.groups.link(LI, order, chatId, [other]);
    await services.sql`
      insert into order_customer ${
      services.sql({
        orderId: "o1",
        wxUserId: "li",
        externalUserId: customer,
        linkedAt: new Date(clock.now),
      })
    }`;
    assert.deepEqual(await missing(company), [
      [customer, "customer", "not_joined"],
    ]);
  });
});

Deno.test("nobody is asked to bring back a colleague who left the company", async () => {
  await withCompany(SMALL, async (company) => {
    const { chatId } = await active(company);
    const { sandbox, services, clock } = company;
    sandbox.world.memberRemoved({ chatId, id: "wang" });
    await services.sql`
      update staff set departed_at = ${new Date(clock.now)}
      where wx_user_id = 'wang'`;
    assert.equal(await missing(company), undefined);
  });
});

Deno.test("of a group made by hand the customer is known by the order's number, also after leaving", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer } = await withOrder(company);
    await services.contactSync.refresh("li");
    const chatId = sandbox.world.staffCreatesChat({
      userId: "li",
      groupName: "手工建的群",
      userIds: ["wang"],
      externalUserIds: [customer],
    });
    clock.now += 5_000;
    await services.groups.link(LI, order, chatId, [customer]);
    assert.equal(await missing(company), undefined);
    sandbox.world.memberLeaves({ chatId, id: customer });
    assert.deepEqual(await missing(company), [
      [customer, "customer", "left"],
    ]);
  });
});
