import assert from "node:assert/strict";
import {
  ACTIVE,
  no,
  ok,
  pageModel,
  type Rig,
  rig,
  tapThrough,
} from "./support.ts";

const LEFT = { intentId: "i2", made: true, chatId: "wr2" };

const reports = (r: Rig) =>
  r.calls.filter((name) => name === "group.record").length;

function viewedBy(wxUserId: string) {
  return pageModel({ viewer: { wxUserId, name: wxUserId } });
}

Deno.test("what is left of other orders is sent along", async () => {
  const r = rig();
  r.outbox.put("order-2", { intentId: "i2", made: true, chatId: "wr2" });
  r.act.start();
  await r.settle();
  assert.deepEqual(r.inputs[0], {
    orderId: "order-2",
    intentId: "i2",
    chatId: "wr2",
  });
  assert.equal(r.outbox.get("order-2"), null);
  r.on("choosing");
});

Deno.test("what the network kept back is sent when it returns, and when the page is looked at", async () => {
  const r = rig({ server: { "group.record": () => no("NETWORK_LOST") } });
  r.outbox.put("order-2", LEFT);
  r.outbox.put("order-3", { ...LEFT, intentId: "i3" });
  r.act.start();
  await r.settle();
  // Without a network the second one needs no try.
  assert.equal(reports(r), 1);
  // However often the network comes and goes: one more round, after a pause.
  r.act.online();
  r.act.visible();
  r.act.online();
  await r.settle();
  assert.equal(reports(r), 1);
  assert.equal(await r.wake(), 5000);
  assert.equal(reports(r), 2);
  assert.equal(await r.wake(), 5000);
  assert.equal(reports(r), 2);

  r.server["group.record"] = () => ok(ACTIVE);
  r.act.visible();
  await r.settle();
  assert.equal(reports(r), 4);
  assert.deepEqual(r.outbox.waiting(), []);
});

Deno.test("a network that returns while a report hangs is tried after it, not beside it", async () => {
  const hung = Promise.withResolvers<unknown>();
  const r = rig({ server: { "group.record": () => hung.promise } });
  r.outbox.put("order-2", LEFT);
  r.act.start();
  r.act.online();
  await r.settle();
  assert.equal(reports(r), 1);
  r.server["group.record"] = () => ok(ACTIVE);
  hung.resolve(no("NETWORK_LOST"));
  await r.settle();
  await r.wake();
  assert.equal(reports(r), 2);
  assert.equal(r.outbox.get("order-2"), null);
});

Deno.test("the page's own report goes on as soon as the page is looked at again", async () => {
  const r = rig({ server: { "group.record": () => no("NETWORK_LOST") } });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  assert.equal(r.on("settling").problem?.error, "NETWORK_LOST");
  r.server["group.record"] = () => ok(ACTIVE);
  r.act.visible();
  // It does not wait for the next try of before, whose turn is over.
  assert.equal(await r.wake(), 1000);
  assert.equal(await r.wake(), 0);
  r.on("done");
  assert.equal(reports(r), 2);
});

Deno.test("a report that was refused for good is not repeated when the network returns", async () => {
  const r = rig({
    server: { "group.record": () => no("CHAT_BOUND_TO_OTHER_ORDER") },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  r.act.online();
  await r.wake();
  await r.wake();
  assert.equal(reports(r), 1);
});

Deno.test("somebody else on the same device neither sends nor loses what one left", async () => {
  const storage = new Map<string, string>();
  const mine = rig({ storage });
  mine.outbox.put("order-2", LEFT);

  const other = rig({ storage, model: viewedBy("wangqiang") });
  other.act.start();
  other.act.online();
  await other.settle();
  assert.equal(reports(other), 0);
  other.outbox.put("order-2", { ...LEFT, intentId: "i9" });
  other.outbox.drop("order-2");

  mine.act.start();
  await mine.settle();
  assert.equal(mine.inputs[0]?.intentId, "i2");
});

Deno.test("a page whose session became another's keeps what the server forbids", async () => {
  const storage = new Map<string, string>();
  const r = rig({
    storage,
    server: { "group.record": () => no("FORBIDDEN") },
  });
  r.outbox.put("order-2", LEFT);
  r.act.start();
  await r.settle();
  await r.wake();
  // Each refusal is in the audit log: not again from this page.
  r.act.visible();
  await r.settle();
  assert.equal(reports(r), 1);

  const later = rig({ storage });
  later.act.start();
  await later.settle();
  assert.equal(reports(later), 1);
  assert.equal(later.outbox.get("order-2"), null);
});
