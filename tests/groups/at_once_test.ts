/** Steps of two devices that meet in the same moment, on two instances. */
import assert from "node:assert/strict";
import { createServices } from "../../lib/services.ts";
import type { Actor } from "../../lib/staff/actor.ts";
import { bind } from "../../lib/groups/bind.ts";
import { getGroupChat } from "../../lib/wecom/mod.ts";
import { beginReading } from "../../lib/store/reading.ts";
import { create, three } from "./scene.ts";

const D1: Actor = {
  wxUserId: "d1",
  name: "陈设计",
  role: "designer",
  storeName: null,
};
const ROUNDS = 25;

Deno.test("What was reported is not ended by a device that takes over in the same moment", () =>
  three(async ({ app }) => {
    const { services } = app;
    const other = await createServices(services.config, { log: () => {} });
    try {
      const order = await services.orders.get("O1");
      for (let round = 0; round < ROUNDS; round++) {
        const wish = (attempt: string) =>
          ({ customers: ["wm1"], attempt, takeOver: true }) as const;
        const phone = await services.groups.prepare(
          D1,
          order,
          wish(`phone ${round}`),
        );
        assert.ok(phone.kind === "intent");
        const { intent } = phone;
        await services.sql`update group_intent set missed_at = now()
          where intent_id = ${intent.intentId}`;
        const [, second] = await Promise.allSettled([
          services.groups.record(D1, order, intent, null),
          other.groups.prepare(D1, order, wish(`computer ${round}`)),
        ]);
        const rows = await services.sql<{ kind: string }[]>`
          select kind from order_event where intent_id = ${intent.intentId}
          order by event_id`;
        const kinds = rows.map((row) => row.kind);
        const isEnded = kinds.includes("ended");
        assert.equal(isEnded, second.status === "fulfilled", `${kinds}`);
        assert.ok(!(isEnded && kinds.includes("reported")), `${kinds}`);
        // The next round begins with nothing under way.
        await services.sql`
          update group_intent set state = 'cancelled', end_reason = 'cancelled',
            ended_at = now(), missed_at = now() + interval '1 minute'
          where state in ('pending', 'searching')`;
      }
    } finally {
      await other.close();
    }
  }));

Deno.test("A look counts, though the creation was cancelled by an instance whose clock is ahead", () =>
  three(async ({ app }) => {
    const { services } = app;
    const ahead = await createServices(services.config, {
      log: () => {},
      now: () => Date.now() + 20_000,
    });
    try {
      const order = await services.orders.get("O1");
      const wish = (attempt: string) =>
        ({ customers: ["wm1"], attempt }) as const;
      const first = await ahead.groups.prepare(D1, order, wish("phone"));
      assert.ok(first.kind === "intent");
      await ahead.groups.cancel(D1, first.intent);
      await services.groups.preview(D1, order, wish("computer"));
      const next = await services.groups.prepare(D1, order, wish("computer"));
      assert.equal(next.kind, "intent");
    } finally {
      await ahead.close();
    }
  }));

Deno.test("A group that two creations of its order are to be bound to at once is told as bound once", () =>
  three(async (scene) => {
    const { sql, groups, orders, wecom, now } = scene.app.services;
    const order = await orders.get("O1");
    const begin = async (attempt: string) => {
      const wish = { customers: ["wm1"], attempt, takeOver: true } as const;
      await sql`update group_intent set missed_at = now()`;
      const prepared = await groups.prepare(D1, order, wish);
      assert.ok(prepared.kind === "intent");
      return prepared.intent;
    };
    const intents = [await begin("phone"), await begin("computer")];
    const chatId = create(scene);
    const chat = await wecom.call(getGroupChat, { chatId });
    await Promise.all(intents.map(async (intent) =>
      await bind({ sql, now }, {
        orderId: "O1",
        intent,
        chat,
        reading: await beginReading(sql, now),
        cause: { actor: "d1", via: "record" },
        evidence: "report",
      })
    ));
    const told = await sql`
      select 1 from order_event where order_id = 'O1' and kind = 'bound'`;
    assert.equal(told.length, 1);
    const bound = await sql`
      select 1 from group_intent where state = 'active'`;
    assert.equal(bound.length, 1);
  }));
