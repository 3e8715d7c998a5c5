/** What there may be of an order's group when its page is opened. */
import assert from "node:assert/strict";
import type { TestApp } from "../support/app.ts";
import { prepare, type StubbedApp } from "../support/company.ts";

const GROUP = "王女士-服务群";
const PEOPLE = ["d1", "p1"];

/** Each makes it so for order O1, and answers what the page shows then. */
export const STAGES: readonly {
  name: string;
  make(company: StubbedApp): Promise<string[]>;
}[] = [
  {
    name: "no group",
    make: () => Promise.resolve(["陈设计", "吴经理"]),
  },
  {
    name: "a group",
    async make({ app, stub }) {
      const { intentId } = await prepare(app, "wm1");
      const chatId = stub.create("d1", GROUP, PEOPLE, ["wm1"]);
      const input = { orderId: "O1", intentId, chatId };
      await record(app, input);
      return [chatId];
    },
  },
  {
    name: "a question",
    async make({ app, stub }) {
      const { intentId } = await prepare(app, "wm1");
      const made = [1, 2].map(() => stub.create("d1", GROUP, PEOPLE, ["wm1"]));
      const input = { orderId: "O1", intentId };
      await record(app, input);
      const view = await app.as("d1").flow("group.get", { orderId: "O1" });
      assert.equal((view.data.candidates as unknown[]).length, made.length);
      return [intentId];
    },
  },
];

async function record({ as }: TestApp, input: Record<string, unknown>) {
  const answer = await as("d1").flow("group.record", input);
  assert.equal(answer.status, 200, JSON.stringify(answer));
}
