import assert from "node:assert/strict";
import { createOutbox } from "../../lib/ui/outbox.ts";

const HOUR = 3600_000;

function box(now: () => number = () => 0) {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  const of = (viewer: string) => createOutbox(() => storage, now, viewer);
  return { kept, of, outbox: of("chenjing") };
}

const entry = { intentId: "i1", made: true, chatId: "wr1" };

Deno.test("an entry stays until it is dropped", () => {
  const { outbox } = box(() => 7);
  outbox.put("o1", { ...entry, made: false, chatId: null });
  assert.deepEqual(outbox.waiting(), []);
  outbox.put("o1", entry);
  const kept = { ...entry, at: 7, by: "chenjing" };
  assert.deepEqual(outbox.get("o1"), kept);
  assert.deepEqual(outbox.waiting(), [["o1", kept]]);
  outbox.drop("o1");
  assert.equal(outbox.get("o1"), null);
});

Deno.test("entries are forgotten after a week, and kept to twenty", () => {
  let now = 0;
  const { outbox } = box(() => now);
  for (let i = 0; i < 30; i++) outbox.put(`o${i}`, entry);
  assert.equal(outbox.waiting().length, 20);
  assert.equal(outbox.get("o9"), null);
  assert.notEqual(outbox.get("o29"), null);
  // From Friday evening to the Monday after a holiday.
  now = 7 * 24 * HOUR - 1;
  assert.equal(outbox.waiting().length, 20);
  now = 7 * 24 * HOUR;
  assert.deepEqual(outbox.waiting(), []);
});

Deno.test("a storage that throws, or holds rubbish, only costs the safety net", () => {
  const forbidden = createOutbox(
    () => {
      throw new DOMException("denied", "SecurityError");
    },
    () => 0,
    "chenjing",
  );
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

Deno.test("everybody on a device has entries of their own; those without a name are the viewer's", () => {
  const { kept, of, outbox } = box();
  const manager = of("wangqiang");
  outbox.put("o1", entry);
  manager.put("o1", { ...entry, intentId: "i2" });
  assert.equal(outbox.get("o1")?.intentId, "i1");
  assert.equal(manager.get("o1")?.intentId, "i2");
  assert.equal(of("WangQiang").get("o1")?.intentId, "i2", "the same person");
  manager.drop("o1");
  assert.equal(manager.get("o1"), null);
  assert.equal(outbox.waiting().length, 1);

  kept.set("group-outbox", JSON.stringify([["o3", { ...entry, at: 0 }]]));
  assert.deepEqual(outbox.get("o3"), { ...entry, at: 0 });
  outbox.drop("o3");
  assert.equal(outbox.get("o3"), null);
});

Deno.test("what another tab put meanwhile is neither dropped nor forgotten", () => {
  const { outbox } = box();
  outbox.put("o1", entry);
  // Acknowledged is what was sent, which may be less than what is known now.
  outbox.drop("o1", { intentId: "i1", chatId: null });
  outbox.drop("o1", { intentId: "i0", chatId: "wr1" });
  // The other tab asks the client once more.
  outbox.put("o1", { intentId: "i1", made: false, chatId: null });
  assert.equal(outbox.waiting()[0]?.[1].chatId, "wr1");
  // Or the person says there that the group is made, without knowing its id.
  outbox.put("o1", { intentId: "i1", made: true, chatId: null });
  assert.equal(outbox.waiting()[0]?.[1].chatId, "wr1");
  outbox.drop("o1", { intentId: "i1", chatId: "wr1" });
  assert.equal(outbox.get("o1"), null);
});

Deno.test("what one tab gives up is not what another one has to tell", () => {
  const { outbox } = box();
  // An old client, which answers no id, made the group in the other tab.
  outbox.put("o1", { intentId: "i1", made: true, chatId: null });
  outbox.drop("o1", { intentId: "i1", chatId: null, made: false });
  assert.equal(outbox.waiting().length, 1);
  outbox.drop("o1", { intentId: "i1", chatId: null });
  assert.equal(outbox.get("o1"), null);
});
