/**
 * Each move of an intent, from each state: it succeeds from exactly the states of
 * the table, and tells what happened in the same step.
 */
import assert from "node:assert/strict";
import type { IntentState } from "../../lib/groups/intent.ts";
import { findIntent } from "../../lib/groups/intents.ts";
import { move, type MoveName, MOVES } from "../../lib/groups/moves.ts";
import type { Sql } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";
import { launchIntent } from "../support/intents.ts";

const STATES: IntentState[] = [
  "prepared",
  "launched",
  "searching",
  "bound",
  "ended",
];

const MOVING = Object.keys(MOVES).filter((name): name is Moving =>
  name !== "prepare" && name !== "launch"
);
type Moving = Exclude<MoveName, "prepare" | "launch">;

/** Puts it there without a move. */
async function put(sql: Sql, intentId: string, state: IntentState) {
  const at = new Date();
  const stored = {
    prepared: { state: "pending", launchedAt: null },
    launched: { state: "pending", launchedAt: at },
    searching: { state: "searching", reportedAt: at },
    bound: { state: "active", boundAt: at, chatId: "wr1" },
    ended: { state: "expired", endedAt: at, endReason: "not_asked" },
  }[state];
  await sql`
    update group_intent set ${sql(stored)} where intent_id = ${intentId}`;
}

for (const name of MOVING) {
  Deno.test(`The move ${name} is made from the states of the table, and told`, () =>
    withDatabase(async ({ sql }) => {
      for (const state of STATES) {
        const orderId = `${name}-${state}`;
        await sql`
          insert into customer_order (order_id, order_no, customer_name,
            phone_sealed, phone_hashes, designer_wx_user_id, created_at,
            updated_at)
          values (${orderId}, '1', '王', '', '{}', 'd1', now(), now())`;
        const { intentId } = await launchIntent(sql, orderId, "d1");
        await put(sql, intentId, state);
        const made = MOVES[name];
        const { from, to, event } = made;
        const reason = "reasons" in made ? { reason: made.reasons[0] } : {};
        const moved = await move(sql, name, { actor: "d1", via: "test" }, {
          of: { intentId },
          at: new Date(),
          ...reason,
        });
        const may = (from as readonly IntentState[]).includes(state);
        assert.equal(moved.length, may ? 1 : 0, `${name} from ${state}`);
        const after = await findIntent(sql, intentId);
        // A retraction ends where the client was asked, whatever was before.
        const kept = name === "retract" ? ["launched", "prepared"] : [to];
        assert.ok(
          may ? kept.includes(after?.state ?? "") : after?.state === state,
          `${name} from ${state} led to ${after?.state}`,
        );
        const told = await sql`
          select kind, via from order_event
          where order_id = ${orderId} and via = 'test'`;
        assert.deepEqual(
          told.map((one) => ({ ...one })),
          may ? [{ kind: event, via: "test" }] : [],
          `${name} from ${state}`,
        );
      }
    }));
}

Deno.test("The documentation names every move of the table, and no other", async () => {
  const file = new URL("../../docs/architecture.md", import.meta.url);
  const text = await Deno.readTextFile(file);
  const shown = [...text.matchAll(/^\| (\w+) +\| ([\w, –]+) +\| (\w+) +\|/gm)]
    .map(([, name, from, to]) => [name, from?.trim(), to])
    .filter(([name]) => name !== "move");
  const real = Object.entries(MOVES).map(([name, { from, to }]) => [
    name,
    from.join(", ") || "–",
    to,
  ]);
  assert.deepEqual(shown, real);
});
