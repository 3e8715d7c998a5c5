import assert from "node:assert/strict";
import { createOutbox } from "../../lib/ui/outbox.ts";

const HOUR = 3600_000;

function box(now: () => number = () => 0) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  return { kept, outbox: createOutbox(() => storage, now) };
}

const entry = { intentId: "i1", made: true, chatId: "wr1" };

Deno.test("an entry stays until it is dropped", () => {
  const { outbox } = box(() => 7);
  outbox.put("o1", { ...entry, made: false, chatId: null });
  assert.deepEqual(outbox.waiting(), []);
  outbox.put("o1", entry);
  assert.deepEqual(outbox.get("o1"), { ...entry, at: 7 });
  assert.deepEqual(outbox.waiting(), [["o1", { ...entry, at: 7 }]]);
  outbox.drop("o1");
  assert.equal(outbox.get("o1"), null);
});

Deno.test("entries are forgotten after a day, and kept to twenty", () => {
  let now = 0;
  const { outbox } = box(() => now);
  for (let i = 0; i < 30; i++) outbox.put(`o${i}`, entry);
  assert.equal(outbox.waiting().length, 20);
  assert.equal(outbox.get("o9"), null);
  assert.notEqual(outbox.get("o29"), null);
  now = 24 * HOUR;
  assert.deepEqual(outbox.waiting(), []);
});

Deno.test("a storage that throws, or holds rubbish, only costs the safety net", () => {
  const forbidden = createOutbox(() => {
    throw new DOMException("denied", "SecurityError");
  }, () => 0);
  forbidden.put("o1", entry);
  assert.equal(forbidden.get("o1"), null);

  const { kept, outbox } = box();
  for (const rubbish of ["{", "null", "[1]", '{"a":1}', "[[]]"]) {
    kept.set("group-outbox", rubbish);
    assert.deepEqual(outbox.waiting(), [], rubbish);
    outbox.put("o1", entry);
    assert.notEqual(outbox.get("o1"), null, rubbish);
  }
});
