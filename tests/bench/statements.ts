/**
 * Statements, and waves of them that wait for each other, of what people open
 * most, once it is warm: the most that anybody's costs.
 */
import { STAGES } from "../flows/order_stages.ts";
import type { Client, TestApp } from "../support/app.ts";
import { order, pushAll, withStubbedApp } from "../support/company.ts";
import { countWarm, letSleep } from "../support/statements.ts";
import { type Bench, type Row, runAlone } from "./row.ts";

const PEOPLE = ["d1", "p1", "op"];
const MORE_ORDERS = 30;

export const statements: Bench = async () => {
  const rows: Row[] = [];
  for (const { name, make } of STAGES) {
    await withStubbedApp(async (company) => {
      const { app, stub } = company;
      stub.followUsers.push("op");
      await make(company);
      letSleep(app);
      rows.push(
        ...await costOf(
          app,
          `an order page with ${name}`,
          (client) => open(client, "/orders/O1/group"),
          { statements: 8, waves: 3 },
        ),
      );
    });
  }
  await withStubbedApp(async ({ app }) => {
    await pushAll(app, [
      order(),
      ...Array.from(
        { length: MORE_ORDERS },
        (_, n) => order({ orderId: `more-${n}` }),
      ),
    ]);
    letSleep(app);
    // Their contacts are read with it.
    for (const who of PEOPLE) await open(app.as(who), "/orders/O1/group");
    const orderId = "O1";
    rows.push(
      ...await costOf(
        app,
        "order.get",
        (client) => run(client, "order.get", { orderId }),
        { statements: 3 },
      ),
      ...await costOf(
        app,
        "orders.list",
        (client) => run(client, "orders.list", { limit: 100 }),
        { statements: 4 },
      ),
      ...await costOf(
        app,
        "the list as a page",
        (client) => open(client, "/"),
        {
          statements: 4,
        },
      ),
    );
  });
  return rows;
};

async function costOf(
  app: TestApp,
  what: string,
  ask: (client: Client) => Promise<void>,
  most: { statements: number; waves?: number },
): Promise<Row[]> {
  let [statements, waves] = [0, 0];
  for (const who of PEOPLE) {
    const counted = await countWarm(() => ask(app.as(who)));
    statements = Math.max(statements, counted.statements);
    waves = Math.max(waves, counted.waves.length);
  }
  // A counter that has come loose would let everything hold.
  if (statements === 0) throw new Error(`Nothing was counted of ${what}`);
  return [{
    name: `SQL statements of ${what}`,
    value: statements,
    unit: "statements",
    limit: { most: most.statements },
  }, {
    name: `waves of statements of ${what}`,
    value: waves,
    unit: "waves",
    limit: most.waves === undefined ? null : { most: most.waves },
  }];
}

async function open(client: Client, path: string): Promise<void> {
  const response = await client.fetch(path);
  const html = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${html}`);
}

async function run(client: Client, flow: string, input: object): Promise<void> {
  const answer = await client.flow(flow, { ...input });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer));
}

if (import.meta.main) await runAlone(statements);
