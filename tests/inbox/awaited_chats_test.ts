/** A chat that an event tells of, and the order whose creation waits for it. */
import assert from "node:assert/strict";
import { findChat } from "../../lib/chats/mirror.ts";
import { create, type Rig, START, unsettled, withInbox } from "./rig.ts";

async function intent(
  rig: Rig,
  orderId: string,
  wanted: { customer: string; name?: string; at?: number; state?: string },
) {
  const { customer, name = "客户群", at = rig.now(), state = "pending" } =
    wanted;
  const { sql } = rig;
  await sql`insert into customer_order ${
    sql({
      orderId,
      orderNo: orderId,
      customerName: "王",
      phoneSealed: "",
      phoneHashes: [],
      sharedHashes: [],
      designerWxUserId: "d1",
      createdAt: new Date(START),
      updatedAt: new Date(START),
    })
  } on conflict do nothing`;
  await sql`insert into group_intent ${
    sql({
      intentId: `i-${orderId}-${at}`,
      orderId,
      createdBy: "d1",
      customerExternalUserId: customer,
      userIds: ["d1", "p1"],
      externalUserIds: [customer],
      groupName: name,
      state,
      expiresAt: new Date(at + 600_000),
      createdAt: new Date(at),
      updatedAt: new Date(at),
    })
  }`;
}

async function boundTo(rig: Rig, chatId: string) {
  return (await findChat(rig.sql, chatId))?.orderId ?? null;
}

Deno.test("a group whose page died is bound to the order that waits for it", async () => {
  await withInbox(async (rig, { c1 }) => {
    await intent(rig, "o1", { customer: c1 });
    rig.tick(20_000);
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await boundTo(rig, chatId), "o1");
    const rows = await rig.sql`
      select state, chat_id from group_intent where order_id = 'o1'`;
    assert.deepEqual([...rows], [{ state: "active", chatId }]);
    const again = create(rig, [c1]);
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await boundTo(rig, again), null, "one group for an order");
  });
});

Deno.test("a group that somebody waits for is bound at the first answer, though its new name is not sure yet", async () => {
  await withInbox(async (rig, { c1 }) => {
    await intent(rig, "o1", { customer: c1 });
    const chatId = create(rig, [c1]);
    rig.world.settings.lagMs = 4_000;
    rig.world.chatRenamed({ chatId, name: "新名字" });
    await rig.deliver();
    await rig.later(2_500);
    assert.equal(await boundTo(rig, chatId), "o1");
    assert.equal((await findChat(rig.sql, chatId))?.name, "客户群");
    await rig.later(8_000);
    assert.equal((await findChat(rig.sql, chatId))?.name, "新名字");
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("a group that somebody waits for is bound while a guest of it is in doubt", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    await intent(rig, "o1", { customer: c1 });
    const chatId = create(rig, [c1]);
    const guest = { chatId, userId: "d1", externalUserId: c2 };
    rig.world.staffInvitesCustomer(guest);
    rig.tick(1_000);
    rig.world.memberLeaves({ chatId, id: c2 });
    // That the guest left is never told.
    await rig.deliver(rig.events.slice(0, 2));
    await rig.later(2_000);
    assert.equal(await boundTo(rig, chatId), "o1");
    assert.equal(await unsettled(rig.sql), 2);
  });
});

Deno.test("a group is not bound by an answer that still shows who is told to have left", async () => {
  await withInbox(async (rig, { c1 }) => {
    await intent(rig, "o1", { customer: c1 });
    const chatId = create(rig, [c1]);
    rig.tick(1_000);
    rig.world.settings.lagMs = 10_000;
    rig.world.memberLeaves({ chatId, id: c1 });
    await rig.deliver();
    for (let turn = 0; turn < 20; turn++) await rig.later(1_000);
    assert.equal(await boundTo(rig, chatId), null);
  });
});

Deno.test("a group that somebody waits for is bound within 10 s of WeCom showing it, however late that is", async () => {
  for (const lagMs of [4_000, 13_000, 31_000, 49_000]) {
    await withInbox(async (rig, { c1 }) => {
      rig.world.settings.lagMs = lagMs;
      await intent(rig, "o1", { customer: c1 });
      const chatId = create(rig, [c1]);
      const shownAt = rig.now() + lagMs;
      await rig.deliver();
      while (await boundTo(rig, chatId) === null) {
        assert.ok(rig.now() <= shownAt + 8_000, `shown after ${lagMs} ms`);
        await rig.later(500);
      }
    });
  }
});

Deno.test("only the group that was prepared is bound: not an older one, not with others, not after a cancel", async () => {
  await withInbox(async (rig, { c1, c2 }) => {
    const older = create(rig, [c1]);
    rig.tick(600_000);
    await intent(rig, "o1", { customer: c1 });
    await intent(rig, "o2", { customer: c2, state: "cancelled" });
    const other = create(rig, [c2]);
    await rig.deliver();
    for (let turn = 0; turn < 8; turn++) await rig.later(15_000);
    assert.equal(await boundTo(rig, older), null);
    assert.equal(await boundTo(rig, other), null);
    assert.equal(await unsettled(rig.sql), 0);
  });
});

Deno.test("two orders of the same people are told apart by the prepared name, or left to a person", async () => {
  await withInbox(async (rig, { c1 }) => {
    await intent(rig, "o1", { customer: c1, name: "一期" });
    await intent(rig, "o2", { customer: c1, name: "二期" });
    const second = create(rig, [c1], "二期");
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await boundTo(rig, second), "o2");
    const unclear = create(rig, [c1], "别的名字");
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await boundTo(rig, unclear), null);
    // A person is asked; what comes afterwards does not answer for them.
    const named = create(rig, [c1], "一期");
    await rig.deliver();
    await rig.later(3_000);
    assert.equal(await boundTo(rig, named), null);
  });
});

Deno.test("the dissolution of an order's group is in the audit log once", async () => {
  await withInbox(async (rig, { c1 }) => {
    await intent(rig, "o1", { customer: c1 });
    const chatId = create(rig, [c1]);
    await rig.deliver();
    await rig.later(3_000);
    rig.world.chatDismissed({ chatId });
    await rig.deliver();
    await rig.later(3_000);
    const rows = await rig.sql`
      select subject from audit_log where action = 'group.dismissed'`;
    assert.deepEqual([...rows], [{ subject: "o1" }]);
  });
});
