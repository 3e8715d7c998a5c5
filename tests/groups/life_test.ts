/**
 * Whatever several people do in whatever order: an order never has two living
 * groups, never gets a chat that is not its own, and a group is called active
 * only when WeCom confirmed it. Random histories over the sandbox, with a clock
 * in hand.
 */
import assert from "node:assert/strict";
import fc, { type Arbitrary } from "../support/fast_check.ts";
import { type Sql, sqlState } from "../../lib/store/database.ts";
import { type TestApp, withApp } from "../support/app.ts";
import { order, PHONE, pushAll, world } from "../support/company.ts";

const ORDERS = ["O1", "O2"];

type Step =
  | { do: "prepare" | "link"; who: string; of: string; force?: boolean }
  | { do: "create"; who: string; whole: boolean; of: string }
  | { do: "record"; who: string; of: string; chat: number; blind: boolean }
  | { do: "cancel"; who: string; of: string }
  | { do: "get" | "page"; who: string; of: string }
  | { do: "dismiss"; chat: number }
  | { do: "wait"; ms: number };

const who = fc.constantFrom("d1", "d1", "p1", "op");
const of = fc.constantFrom("O1", "O1", "O1", "O2");
/** Counted from the newest. */
const chat = fc.nat(2);
const whole = fc.constantFrom(true, true, true, false);
const step: Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("prepare" as const),
      who,
      of,
      force: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("create" as const),
      who,
      of,
      whole,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("record" as const),
      who,
      of,
      chat,
      blind: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("cancel" as const), who, of }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("link" as const), who, of }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom("get" as const, "page" as const),
      who,
      of,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("dismiss" as const), chat }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(500, 3_000, 61_000, 11 * 60_000, 31 * 60_000),
    }),
  },
);

interface Scene {
  app: TestApp;
  customers: string[];
  tick(ms: number): void;
  intents: Map<string, string[]>;
  chats: string[];
}

async function act(scene: Scene, step: Step): Promise<void> {
  const { app, customers, intents, chats } = scene;
  const { world: wecom } = app.sandbox;
  const customerOf = (orderId: string) =>
    customers[ORDERS.indexOf(orderId)] ?? "";
  const flow = async (
    as: string,
    name: string,
    input: Record<string, unknown>,
  ) => {
    const answer = await app.as(as).flow(name, input);
    assert.ok(answer.status < 500, `${name}: ${JSON.stringify(answer)}`);
    return answer;
  };
  switch (step.do) {
    case "prepare": {
      const { who, of, force } = step;
      const input = {
        orderId: of,
        customerExternalUserId: customerOf(of),
        force,
      };
      const { data } = await flow(who, "group.prepare", input);
      if (typeof data?.intentId === "string") {
        intents.get(of)?.push(data.intentId);
      }
      return;
    }
    case "create": {
      const userIds = step.whole ? ["d1", "p1", step.who] : [];
      try {
        chats.push(wecom.staffCreatesChat({
          userId: step.who,
          groupName: "群",
          userIds,
          externalUserIds: [customerOf(step.of)],
        }));
      } catch {
        // Who does not follow the customer cannot.
      }
      return;
    }
    case "record": {
      const intentId = intents.get(step.of)?.at(-1);
      const chatId = chats.at(-1 - step.chat);
      if (!intentId || !chatId && !step.blind) return;
      const input = {
        orderId: step.of,
        intentId,
        ...(step.blind ? {} : { chatId }),
      };
      await flow(step.who, "group.record", input);
      return;
    }
    case "cancel": {
      const intentId = intents.get(step.of)?.at(-1);
      if (intentId) await flow(step.who, "group.cancel", { intentId });
      return;
    }
    case "link": {
      const chatId = chats.at(-1);
      if (chatId) {
        await flow(step.who, "group.link", { orderId: step.of, chatId });
      }
      return;
    }
    case "get":
      await flow(step.who, "group.get", { orderId: step.of });
      return;
    case "page": {
      const response = await app.as(step.who).fetch(`/orders/${step.of}/group`);
      await response.body?.cancel();
      assert.equal(response.status, 200);
      return;
    }
    case "dismiss": {
      const chatId = chats.at(-1 - step.chat);
      if (chatId && !wecom.state.chats.get(chatId)?.dismissed) {
        wecom.chatDismissed({ chatId });
      }
      return;
    }
    case "wait":
      scene.tick(step.ms);
  }
}

/** What must hold after each step. */
async function check({ app, customers }: Scene): Promise<void> {
  const { sql } = app.services;
  const rows = await sql<
    { orderId: string; chatId: string; dismissedAt: Date | null }[]
  >`
    select order_id, chat_id, dismissed_at from chat where order_id is not null`;
  for (const orderId of ORDERS) {
    const living = rows.filter((row) =>
      row.orderId === orderId && row.dismissedAt === null
    );
    assert.ok(living.length <= 1, "two living groups");
    const customer = customers[ORDERS.indexOf(orderId)];
    for (const { chatId } of rows.filter((row) => row.orderId === orderId)) {
      const chat = app.sandbox.world.state.chats.get(chatId);
      assert.ok(chat, "a chat that does not exist");
      assert.ok(
        chat.members.some((one) => one.id === customer),
        "somebody else's chat",
      );
      assert.ok(["d1", "p1", "op"].includes(chat.owner), "a foreign owner");
    }
    const view = await app.as("ad").flow("order.get", { orderId });
    const group = view.data.group as { status: string; chatId: string } | null;
    const shown = group?.status === "active" ? group.chatId : undefined;
    // A page's own search may end between two looks.
    const now = await sql<{ chatId: string }[]>`
      select chat_id from chat
      where order_id = ${orderId} and dismissed_at is null`;
    assert.ok(
      [living[0]?.chatId, now[0]?.chatId].includes(shown),
      `${shown} is shown`,
    );
  }
  const live = await sql`
    select order_id from group_intent where state in ('pending', 'searching')
    group by order_id having count(*) > 1`;
  assert.equal(live.length, 0, "two live intents");
}

/** The inbox may still be at work on the last history, and lock the other way round. */
async function forget(sql: Sql): Promise<void> {
  for (;;) {
    try {
      await sql`truncate customer_order, contact_sync, contact_follow cascade`;
      return;
    } catch (error) {
      if (sqlState(error) !== "40P01") throw error;
    }
  }
}

Deno.test("No history of taps, losses and delays gives an order two groups or a wrong one", async () => {
  let offset = 0;
  const now = () => Date.now() + offset;
  const { seed, ids } = world([
    { of: "d1", name: "王女士", remarkMobiles: [PHONE] },
    { of: "d1", name: "李先生", remarkMobiles: ["13900000000"] },
  ]);
  const sleep = (ms: number) => {
    offset += ms;
    return Promise.resolve();
  };
  await withApp({ seed, now, sleep }, async (app) => {
    const both = async () => {
      await pushAll(app, [
        order(),
        order({
          orderId: "O2",
          customerPhone: "13900000000",
          customerName: "李先生",
        }),
      ]);
      for (const externalUserId of ids) {
        for (const userId of ["p1", "op"]) {
          app.sandbox.world.staffAddsContact({ userId, externalUserId });
        }
      }
      app.sandbox.world.settings.lagMs = 200;
    };
    await both();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 2 }), {
          minLength: 10,
          maxLength: 24,
        }),
        async (rounds) => {
          await forget(app.services.sql);
          app.sandbox.world.reset();
          offset += 3_600_000;
          await both();
          const scene: Scene = {
            app,
            customers: [...ids],
            tick: (ms) => void (offset += ms),
            intents: new Map(ORDERS.map((id) => [id, []])),
            chats: [],
          };
          for (const steps of rounds) {
            await Promise.all(steps.map((one) => act(scene, one)));
            await check(scene);
          }
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
