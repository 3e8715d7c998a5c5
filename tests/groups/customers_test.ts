/** Who counts as the order's customer in its group. */
import assert from "node:assert/strict";
import {
  createAsPrepared,
  LI,
  MINUTE,
  prepared,
  SMALL,
  withCompany,
  withOrder,
} from "../reconcile/support.ts";

Deno.test("A customer who comes back with another account is in the group", async () => {
  await withCompany(SMALL, async (company) => {
    const { services, sandbox, clock } = company;
    const { order, customer, other } = await withOrder(company);
    await services.contactSync.refresh("li");
    const intent = await prepared(company, order, customer);
    const chatId = createAsPrepared(company, intent);
    clock.now += 5_000;
    await services.groups.record(LI, order, intent, chatId);
    const missing = async () => {
      clock.now += MINUTE;
      const view = await services.groupViews.get(order);
      assert.equal(view.customerJoined, view.missing === undefined);
      return view.missing?.map((one) => [one.memberId, one.reason]);
    };
    sandbox.world.memberLeaves({ chatId, id: customer });
    assert.deepEqual(await missing(), [[customer, "left"]]);
    // The same number stands in the remark of both.
    const invited = { chatId, userId: "li", externalUserId: other };
    sandbox.world.staffInvitesCustomer(invited);
    assert.equal(await missing(), undefined);
    sandbox.world.memberLeaves({ chatId, id: other });
    assert.deepEqual(await missing(), [[customer, "left"]]);
  });
});
