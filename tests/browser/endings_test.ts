/** Creations that ended without a group, as whoever opens the page later sees them. */
import assert from "node:assert/strict";
import { LOOK_AGAIN_MS } from "../../lib/chats/looks.ts";
import { type Phone, type Rig, withRig } from "./rig.ts";

const ORDER = "demo-xh2611004";

/** Prepared, and reported by a client that answers no id. */
async function report({ app }: Rig): Promise<{ intentId: string }> {
  const { data } = await app.as("chenjing").flow("customer.match", {
    orderId: ORDER,
  });
  const [customer] = data.candidates as { externalUserId: string }[];
  const prepared = await app.as("chenjing").flow("group.prepare", {
    orderId: ORDER,
    customerExternalUserId: customer?.externalUserId,
  });
  const intentId = String(prepared.data.intentId);
  const told = { orderId: ORDER, intentId };
  await app.as("chenjing").flow("group.record", told);
  return { intentId };
}

/** As half an hour later. */
async function later({ app }: Rig): Promise<void> {
  // A look at WeCom is shared for a moment by all who ask.
  await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS + 100));
  await app.services.sql`
    update group_intent set reported_at = now() - interval '31 minutes',
      created_at = created_at - interval '32 minutes',
      updated_at = now() - interval '31 minutes',
      missed_at = missed_at - interval '32 minutes',
      expires_at = now() - interval '1 minute'
    where order_id = ${ORDER}`;
}

function make({ app }: Rig, groupName: string): string {
  const customer = [...app.sandbox.world.state.customers.values()].find((one) =>
    one.name === "芳芳"
  );
  assert.ok(customer);
  return String(app.sandbox.world.run("staffCreatesChat", {
    userId: "chenjing",
    groupName,
    userIds: ["wangqiang"],
    externalUserIds: [customer.externalUserId],
  }));
}

async function open({ phone }: Rig): Promise<Phone> {
  const designer = await phone("chenjing");
  await designer.open("XH2611004");
  return designer;
}

Deno.test("a choice among groups that nobody made is made when the page is opened later", async () => {
  await withRig(async (rig) => {
    await report(rig);
    const chosen = make(rig, "刘芳-服务群");
    make(rig, "刘芳-服务群");
    await later(rig);
    const designer = await open(rig);
    await designer.page.getByText("还没有人确认").waitFor();
    await designer.tap("none-of-these");
    await designer.see("create-group");
    await designer.page.reload();
    await designer.tap(`chat-${chosen}`);
    await designer.see("result-success");
  });
});

Deno.test("a WeCom that does not answer is told as that, and is asked again by the next tap", async () => {
  await withRig(async (rig) => {
    const { world } = rig.app.sandbox;
    await report(rig);
    // Signed in before that.
    const designer = await open(rig);
    await designer.see("order-card");
    await designer.goto("/");
    world.down = true;
    await later(rig);
    await designer.open("XH2611004");
    await designer.page.getByText("企业微信一直没有回应").waitFor();
    make(rig, "刘芳-服务群");
    world.down = false;
    await designer.tap("create-group");
    await designer.see("result-success");
  });
});
