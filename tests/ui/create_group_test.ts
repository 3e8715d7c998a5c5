import assert from "node:assert/strict";
import { tellGone } from "../../lib/groups/standing_words.ts";
import { screenOf } from "../../lib/ui/parts/screens.ts";
import {
  ACTIVE,
  candidate,
  match,
  never,
  no,
  NOBODY,
  ok,
  pageModel,
  PREPARED,
  rig,
  tapThrough,
  UNDER_WAY,
} from "./support.ts";

Deno.test("one tap and a confirmation make a recorded group", async () => {
  const r = rig();
  await tapThrough(r);
  await r.wake(); // the client's patience
  assert.equal(await r.wake(), 0);
  assert.deepEqual(r.calls.slice(0, 4), [
    "start",
    "group.preview",
    "group.prepare",
    "createChat",
  ]);
  r.on("done");
  assert.deepEqual(
    r.inputs.find((input) => "chatId" in input),
    { orderId: "order-1", intentId: "intent-1", chatId: "wrChat" },
  );
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("cancelling in the client leads back and frees the order", async () => {
  const r = rig();
  r.client.createChat = () => Promise.resolve({ ok: false, problem: null });
  await tapThrough(r);
  const { step } = r;
  assert.equal(step.at, "choosing");
  assert.equal(step.at === "choosing" && step.notice?.kind, "news");
  assert.ok(r.calls.includes("group.cancel"));
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("a client that never answers lets the person say what happened", async () => {
  const r = rig();
  r.client.createChat = () => never();
  await tapThrough(r);
  assert.equal(await r.wake(), 20_000);
  assert.equal(r.on("creating").slow, true);
  r.act.saysMade();
  await r.wake();
  r.on("done");
  assert.deepEqual(
    r.inputs[
      r.calls.filter((name) => name !== "start" && name !== "createChat")
        .indexOf("group.record")
    ],
    { orderId: "order-1", intentId: "intent-1" },
  );
});

Deno.test("looking at a colleague's creation again says what came of it", async () => {
  const asked = Promise.withResolvers<unknown>();
  const r = rig({
    model: pageModel({
      intent: {
        ...PREPARED,
        status: "pending",
        chatId: null,
        mine: false,
        byName: "王强",
        customerExternalUserId: "wmWang",
        told: UNDER_WAY,
      },
    }),
    server: { "group.get": () => asked.promise },
  });
  const screen = () => screenOf(r.on("occupied"), r.act);
  r.act.start();
  assert.equal(screen().text, "建好后可以在这里打开");
  void r.act.recheck();
  await r.settle();
  assert.deepEqual([screen().busy, screen().text], ["retry", "正在看…"]);
  asked.resolve(ok({ ...ACTIVE, chatId: null, status: "pending" }));
  await r.settle();
  assert.deepEqual(
    [screen().busy, screen().text],
    [false, "还没有建好，请稍后再看"],
  );

  // Without an answer nobody knows that the order is free.
  r.server["group.get"] = () => no("NETWORK_LOST");
  await r.act.recheck();
  assert.equal(screen().problem?.error, "NETWORK_LOST");
  r.server["group.get"] = () => no("GROUP_NOT_FOUND");
  await r.act.recheck();
  r.on("choosing");
});

Deno.test("nothing can be made before one of several is chosen", async () => {
  const several = match({
    status: "ambiguous",
    candidates: [candidate(), candidate({ externalUserId: "wmOther" })],
  });
  const r = rig({
    model: pageModel({
      match: { kind: "known", match: several, stale: false },
    }),
  });
  r.act.start();
  await r.act.create();
  assert.ok(!r.calls.includes("group.preview"));
  r.act.choose("wmOther");
  await r.act.create();
  assert.deepEqual(r.inputs[0]?.customerExternalUserIds, ["wmOther"]);
});

Deno.test("a dismissed group is told of, and another one can be made", () => {
  const group = {
    chatId: "wrOld",
    groupName: "旧群",
    status: "dismissed" as const,
    gone: tellGone("旧群"),
    owner: null,
    members: [],
    customerJoined: false,
    createdAt: "2026-11-01T00:00:00.000Z",
    syncedAt: null,
  };
  const r = rig({ model: pageModel({ group }) });
  r.act.start();
  const { step } = r;
  assert.ok(step.at === "choosing" && step.notice?.kind === "news");
  assert.match(step.notice.text, /旧群/);
});

Deno.test("a creation that ended without a group is told of, also after contacts were read", async () => {
  const ended = "上次发起的建群没有完成，可以重新建群";
  const syncing = {
    kind: "syncing" as const,
    seen: 0,
    expected: null,
    note: "",
  };
  const r = rig({ model: pageModel({ ended, match: syncing }) });
  r.act.start();
  await r.settle();
  const { notice } = r.on("choosing");
  assert.deepEqual(notice, { kind: "news", text: ended });
});

Deno.test("outside of WeCom nothing is asked of the client or the server", () => {
  const r = rig({
    client: "outside",
    model: pageModel({ match: { kind: "known", match: NOBODY, stale: true } }),
  });
  r.act.start();
  r.on("outside");
  assert.deepEqual(r.calls, []);
  const old = rig({ client: "old" });
  old.act.start();
  old.on("old");
});
