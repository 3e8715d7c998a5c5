/**
 * How many statements flows and pages cost, who is asking included, once
 * everything is warm: they must not grow with what is shown.
 */
import assert from "node:assert/strict";
import { type Client, type TestApp, withApp } from "../support/app.ts";
import { order, pushAll, withStubbedApp, world } from "../support/company.ts";
import { countWarm, letSleep } from "../support/statements.ts";
import { STAGES } from "./order_stages.ts";

async function company(fn: (app: TestApp) => Promise<void>): Promise<void> {
  const { seed } = world();
  await withApp({ seed }, async (app) => {
    await pushAll(app, [
      order(),
      ...Array.from({ length: 30 }, (_, n) => order({ orderId: `more-${n}` })),
    ]);
    letSleep(app);
    await fn(app);
  });
}

/** Asked once to warm up, then counted. */
async function costs(
  name: string,
  ask: () => Promise<unknown>,
  most: { statements: number; waves: number },
): Promise<void> {
  const { statements, waves } = await countWarm(ask);
  const told = waves.map((wave, n) => `${n + 1}. ${wave.join("\n   ")}`);
  const text = `${name}: ${statements} statements\n${told.join("\n")}`;
  assert.ok(statements > 0, text);
  assert.ok(statements <= most.statements, text);
  assert.ok(waves.length <= most.waves, text);
}

async function open(client: Client, path: string): Promise<void> {
  const response = await client.fetch(path);
  const html = await response.text();
  assert.equal(response.status, 200, html);
}

async function run(client: Client, flowId: string, input = {}): Promise<void> {
  const answer = await client.flow(flowId, input);
  assert.equal(answer.status, 200, JSON.stringify(answer));
}

for (const who of ["d1", "op"]) {
  Deno.test(`Orders cost ${who} no more statements than they must`, () =>
    company(async (app) => {
      const client = app.as(who);
      // d1's contacts are read with it; the operator has none.
      await open(client, "/orders/O1/group");
      await costs(
        "order.get",
        () => run(client, "order.get", { orderId: "O1" }),
        { statements: 3, waves: 3 },
      );
      await costs(
        "orders.list",
        () => run(client, "orders.list", { limit: 100 }),
        { statements: 4, waves: 3 },
      );
      await costs("the list", () => open(client, "/"), {
        statements: 4,
        waves: 3,
      });
    }));
}

Deno.test("A match costs a statement beside the person and the order", () =>
  company(async (app) => {
    const d1 = app.as("d1");
    await costs(
      "customer.match",
      () => run(d1, "customer.match", { orderId: "O1" }),
      { statements: 3, waves: 3 },
    );
    const { data } = await d1.flow("order.watch", {
      orderId: "O1",
      version: "",
    });
    await costs(
      "order.watch, while nothing changes",
      () => run(d1, "order.watch", { orderId: "O1", version: data.version }),
      { statements: 4, waves: 3 },
    );
  }));

Deno.test("What stands beside a chat costs four statements at most", () => {
  const { seed, ids } = world();
  return withApp({ seed }, async (app) => {
    app.sandbox.world.settings.lagMs = 0;
    const [externalUserId = ""] = ids;
    await pushAll(app, [
      order(),
      ...Array.from({ length: 30 }, (_, n) => order({ orderId: `more-${n}` })),
    ]);
    letSleep(app);
    const d1 = app.as("d1");
    const beside = () => run(d1, "sidebar.customer", { externalUserId });
    await costs("sidebar.customer", beside, { statements: 4, waves: 3 });
    const chatId = app.sandbox.world.staffCreatesChat({
      userId: "d1",
      groupName: "群",
      externalUserIds: [externalUserId],
    });
    const inGroup = () => run(d1, "sidebar.group", { chatId });
    await costs("sidebar.group, without an order", inGroup, {
      statements: 4,
      waves: 3,
    });
    await run(d1, "group.link", { orderId: "O1", chatId });
    await costs("sidebar.group", inGroup, { statements: 4, waves: 3 });
  });
});

for (const { name, make } of STAGES) {
  Deno.test(`The page of an order with ${name} costs eight statements at most, in three waves`, () =>
    withStubbedApp(async (company) => {
      const { app, stub } = company;
      stub.followUsers.push("op");
      const shown = await make(company);
      letSleep(app);
      for (const who of ["d1", "p1", "op"]) {
        const open = async () => {
          const response = await app.as(who).fetch("/orders/O1/group");
          const html = await response.text();
          assert.equal(response.status, 200, html);
          for (const text of shown) assert.ok(html.includes(text), html);
        };
        await costs(`the page of ${who}`, open, { statements: 8, waves: 3 });
      }
    }));
}

Deno.test("The list costs no more for somebody who may have no customers", () =>
  withStubbedApp(async ({ app }) => {
    letSleep(app);
    const operator = app.as("op");
    await costs("the list", () => open(operator, "/"), {
      statements: 4,
      waves: 3,
    });
  }));
