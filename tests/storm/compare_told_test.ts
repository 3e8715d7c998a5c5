/** When a living group beside the order's own counts as told of. */
import assert from "node:assert/strict";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Company } from "./company.ts";
import { compareTold } from "./compare_told.ts";
import type { Shown } from "./crowd.ts";
import type { Ledger } from "./ledger.ts";

const PEOPLE = ["d1", "p1", "wm1"];

/** Two orders of the same three people; the client made two groups for `a`. */
function judge(shown: Record<string, unknown>) {
  const members = PEOPLE.map((id) => ({ id }));
  const alive = { dismissed: false, owner: "d1", members };
  const chats = new Map([["own", alive], ["beside", alive]]);
  const made = ["own", "beside"].map((chatId) => ({
    ...{ orderId: "a", chatId, people: PEOPLE },
  }));
  return compareTold(
    { state: { chats } } as unknown as World,
    { orders: [{ orderId: "a" }, { orderId: "b" }] } as unknown as Company,
    { made, launched: new Set(["a", "b"]) } as unknown as Ledger,
    new Map(Object.entries(shown)) as Map<string, Shown>,
  ).map(({ subject, detail }) => `${subject}: ${detail}`);
}

const active = (...twins: string[]) => ({
  view: {
    status: "active",
    chatId: "own",
    twins: twins.map((chatId) => ({ chatId })),
  },
  problem: null,
});
const over = (reason: string, ...candidates: string[]) => ({
  view: null,
  problem: {
    error: "GROUP_NOT_FOUND",
    details: { reason, candidates: candidates.map((chatId) => ({ chatId })) },
  },
});

Deno.test("A second group is told of beside the first, or asked about by an order that lost its own", () => {
  const untold = ["a: beside lives beside its group, and nobody is told"];
  const none = over("not_reported");
  assert.deepEqual(judge({ a: active("beside"), b: none }), []);
  assert.deepEqual(judge({ a: active(), b: none }), untold);
  const question = over("not_chosen", "beside");
  assert.deepEqual(judge({ a: active(), b: question }), []);
  assert.deepEqual(
    judge({ a: active(), b: over("not_chosen", "other") }),
    untold,
  );
});
