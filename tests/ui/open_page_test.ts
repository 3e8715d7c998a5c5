/** The page while WeCom does not answer: told as it is, and not held up. */
import assert from "node:assert/strict";
import { type TestApp, withApp } from "../support/app.ts";

const ORDER = "demo-xh2611001";

/** A clock that the test moves: somebody just looked for the group otherwise. */
function clock() {
  let later = 0;
  return { now: () => Date.now() + later, move: (ms: number) => later += ms };
}

/** Holds back WeCom's answers to `part` of its paths until it is let go. */
function holdBack(app: TestApp, part: string): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const answer = app.sandbox.api;
  app.sandbox.api = async (request) => {
    if (request.url.includes(part)) await promise;
    return await answer(request);
  };
  return resolve;
}

async function makeUnheard(app: TestApp): Promise<void> {
  const designer = app.as("chenjing");
  const { data } = await designer.flow("customer.match", { orderId: ORDER });
  const [customer] = data.candidates as { externalUserId: string }[];
  assert.ok(customer);
  const customerId = customer.externalUserId;
  const prepared = await designer.flow("group.prepare", {
    orderId: ORDER,
    customerExternalUserId: customerId,
    attempt: "page-1",
  });
  app.sandbox.world.staffCreatesChat({
    userId: "chenjing",
    groupName: String(prepared.data.groupName),
    userIds: prepared.data.userIds as string[],
    externalUserIds: [customerId],
  });
}

async function open(app: TestApp): Promise<string> {
  const page = await app.as("chenjing").fetch(`/orders/${ORDER}/group`);
  assert.equal(page.status, 200);
  return await page.text();
}

Deno.test("a page whose group WeCom does not list in time shows the creation, and finds it behind", async () => {
  const { now, move } = clock();
  await withApp({ now }, async (app) => {
    app.sandbox.world.settings.lagMs = 0;
    await makeUnheard(app);
    move(60_000);
    const letGo = holdBack(app, "groupchat/");
    const began = performance.now();
    const page = await open(app);
    // WeCom's own patience would be over after six seconds, or twelve.
    assert.ok(performance.now() - began < 5_000);
    assert.match(page, /上次建群没有走完/);
    const { sql } = app.services;
    const bound = () => sql`select 1 from chat where order_id = ${ORDER}`;
    assert.equal((await bound()).length, 0);

    letGo();
    while ((await bound()).length === 0) {
      await new Promise((r) => setTimeout(r));
    }
    assert.match(await open(app), /客户群已建好/);
    assert.ok(!app.logText().includes("group.not_looked"));
  });
});

Deno.test("a recovery that fails after its page was sent is logged, and harms nobody", async () => {
  const { now, move } = clock();
  await withApp({ now }, async (app) => {
    await makeUnheard(app);
    move(60_000);
    const letGo = holdBack(app, "groupchat/");
    await open(app);
    assert.ok(!app.logText().includes("group.not_looked"));
    app.sandbox.world.settings.down = true;
    letGo();
    while (!app.logText().includes("group.not_looked")) {
      await new Promise((r) => setTimeout(r));
    }
  });
});
