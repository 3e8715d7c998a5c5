import assert from "node:assert/strict";
import {
  ACTIVE,
  ELSEWHERE,
  no,
  ok,
  pageModel,
  PREPARED,
  preview,
  rig,
  tapThrough,
  UNFINISHED,
} from "./support.ts";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import type { PageIntent } from "../../lib/flows/schemas.ts";

/** One's own creation that was cut off. */
function intent(over: Partial<PageIntent> = {}): PageIntent {
  return {
    intentId: PREPARED.intentId,
    groupName: PREPARED.groupName,
    status: "pending",
    chatId: null,
    mine: true,
    byName: "陈静",
    customerExternalUserId: "wmWang",
    told: UNFINISHED,
    expiresAt: PREPARED.expiresAt,
    ...over,
  };
}

Deno.test("an answer that comes after giving up is recorded all the same", async () => {
  const late = Promise.withResolvers<ClientAnswer<string | null>>();
  const r = rig();
  r.client.createChat = () => late.promise;
  await tapThrough(r);
  r.act.cancel();
  r.on("choosing");
  late.resolve({ ok: true, data: "wrLate" });
  await r.settle();
  await r.wake();
  await r.wake();
  r.on("done");
});

Deno.test("without a chatId the page asks with growing pauses until it is found", async () => {
  const r = rig();
  r.client.createChat = () => Promise.resolve({ ok: true, data: null });
  r.server["group.record"] = () =>
    ok({ ...ACTIVE, chatId: null, status: "searching" });
  await tapThrough(r);
  await r.wake();
  r.server["group.get"] = () =>
    ok({ ...ACTIVE, chatId: null, status: "searching" });
  const pauses = [];
  for (let i = 0; i < 12; i++) pauses.push(await r.wake());
  assert.deepEqual(
    pauses,
    [0, 1, 2, 3, 5, 8, 8, 8, 8, 8, 8, 8].map((s) => s * 1000),
  );
  assert.equal(r.on("settling").long, true);
  // The server has it in its books: nothing is left to be sent.
  assert.equal(r.outbox.get("order-1"), null);
  // Repeating the report hurries nothing: from then on the group is looked at.
  assert.equal(r.calls.filter((name) => name === "group.record").length, 1);
  // However long it takes, it is seen within 10 s of showing up.
  for (let i = 0; i < 200; i++) assert.equal(await r.wake(), 8000);
  assert.equal(r.on("settling").long, true);
  r.server["group.get"] = () => ok({ ...ACTIVE, members: [] });
  assert.equal(await r.wake(), 8000);
  r.on("done");
  assert.equal(await r.wake(), -1);
});

Deno.test("a lost network keeps what the client answered until the server has it", async () => {
  const r = rig({ server: { "group.record": () => no("NETWORK_LOST") } });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  assert.equal(r.on("settling").problem?.error, "NETWORK_LOST");
  assert.equal(r.outbox.get("order-1")?.chatId, "wrChat");
  r.server["group.record"] = () => ok(ACTIVE);
  r.act.online();
  await r.wake();
  await r.wake();
  r.on("done");
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("a report that the server cannot settle goes on, at leisure, until it is", async () => {
  const r = rig({ server: { "group.record": () => no("WECOM_UNAVAILABLE") } });
  await tapThrough(r);
  await r.wake();
  for (let i = 0; i < 6; i++) await r.wake();
  for (let i = 0; i < 30; i++) assert.equal(await r.wake(), 30_000);
  assert.equal(r.on("settling").problem?.error, "WECOM_UNAVAILABLE");
  r.server["group.record"] = () => ok(ACTIVE);
  assert.equal(await r.wake(), 30_000);
  r.on("done");
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("after a reload the outbox is told first, whatever the page shows", async () => {
  const storage = new Map<string, string>();
  const before = rig({
    storage,
    server: { "group.record": () => no("NETWORK_LOST") },
  });
  await tapThrough(before);
  await before.wake();
  await before.wake();

  const r = rig({ storage });
  r.act.start();
  r.on("settling");
  await r.wake();
  r.on("done");
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("a chat that is refused for good is not sent again", async () => {
  const r = rig({
    server: { "group.record": () => no("CHAT_REJECTED", { final: true }) },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  assert.equal(r.on("settling").problem?.error, "CHAT_REJECTED");
  assert.equal(r.outbox.get("order-1"), null);
  assert.equal(await r.wake(), -1);
  await r.act.recheck();
  await r.settle();
  r.on("choosing");
});

Deno.test("starting anew after a refusal gives the order free and leads to the choice", async () => {
  const r = rig({
    server: {
      "group.record": () => no("CHAT_BOUND_TO_OTHER_ORDER"),
      "group.get": () => ok({ ...ACTIVE, chatId: null, status: "pending" }),
    },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  r.on("settling");
  await r.act.recheck();
  await r.settle();
  r.on("choosing");
  assert.ok(r.calls.includes("group.cancel"));
});

Deno.test("a chat that may only be late is asked for again", async () => {
  const r = rig({
    server: { "group.record": () => no("CHAT_REJECTED", { final: false }) },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  assert.equal(r.outbox.get("order-1")?.chatId, "wrChat");
  r.server["group.record"] = () => ok(ACTIVE);
  assert.equal(await r.wake(), 1000);
  r.on("done");
});

Deno.test("an unfinished creation of one's own goes on with the same customer, in its place", async () => {
  const model = pageModel({ intent: intent() });
  const mine = { ...ELSEWHERE, intentId: PREPARED.intentId };
  const r = rig({
    model,
    server: { "group.preview": () => ok(preview({ inProgress: mine })) },
  });
  r.act.start();
  r.on("unfinished");
  r.act.proceed();
  await r.settle();
  assert.equal(r.on("confirming").customers[0]?.remark, "王先生 滨江花园");
  await r.act.confirm();
  assert.equal(r.of("group.prepare")[0]?.takeOver, true);
  r.act.cancel();

  const other = rig({ model });
  other.act.start();
  other.act.abandon();
  other.on("choosing");
  assert.ok(other.calls.includes("group.cancel"));
});

Deno.test("a page that died while the client was at it looks for the group by itself", async () => {
  const r = rig({
    model: pageModel({ intent: intent() }),
    server: { "group.get": () => ok({ ...ACTIVE, members: [] }) },
  });
  r.outbox.put("order-1", { intentId: "intent-1", made: false, chatId: null });
  r.act.start();
  r.on("unfinished");
  assert.equal(await r.wake(), 2000);
  await r.wake();
  r.on("done");
});

Deno.test("a creation that is being searched for is watched from the first moment", async () => {
  const searching = intent({
    status: "searching",
    mine: false,
    byName: "王强",
  });
  const r = rig({ model: pageModel({ intent: searching }) });
  r.act.start();
  await r.wake();
  assert.equal(r.on("settling").problem, null);
  assert.deepEqual(r.calls, ["start", "group.get"]);
});

Deno.test("a group that the client cannot open is to be found in the list", async () => {
  const r = rig();
  await tapThrough(r);
  await r.wake();
  await r.wake();
  r.client.openChat = () => Promise.resolve(false);
  await r.act.openChat("wrChat");
  assert.equal(r.on("done").hint, "open");
});
