/** The page turns by itself while it waits for somebody else. */
import assert from "node:assert/strict";
import type { PageNow } from "../../lib/flows/schemas.ts";
import type { GroupPageModel } from "../../lib/ui/model.ts";
import {
  inProgress,
  match,
  no,
  NOBODY,
  ok,
  pageModel,
  preview,
  rig,
  told,
  UNDER_WAY,
} from "./support.ts";

const QUIET: PageNow = { group: null, intent: null, match: NOBODY };

const known = (view = NOBODY): GroupPageModel["match"] => ({
  kind: "known",
  match: view,
  stale: false,
});

const INTENT: NonNullable<PageNow["intent"]> = {
  intentId: "intent-9",
  groupName: "王建国-服务群",
  status: "pending",
  chatId: null,
  mine: false,
  byName: "王强",
  customerExternalUserId: "wmWang",
  told: UNDER_WAY,
  expiresAt: "2026-11-22T04:10:00.000Z",
};

const GROUP = told({
  chatId: "wrChat",
  groupName: "王建国-服务群",
  status: "active",
  owner: { wxUserId: "wangqiang", name: "王强" },
  members: [],
  customerJoined: true,
  createdAt: "2026-11-22T03:00:00.000Z",
  syncedAt: "2026-11-22T03:00:00.000Z",
});

/** Opened, with what the server will say of the version after `v1`. */
async function opened(model: Partial<GroupPageModel>, now: PageNow | null) {
  const r = rig({
    model: pageModel({ match: known(), ...model }),
    server: {
      "order.watch": ({ version }) =>
        ok(version === "v1" ? { version: "v2", now } : { version, now: null }),
    },
  });
  r.act.start();
  await r.settle();
  return r;
}

Deno.test("a customer who is accepted makes the page live, and is told of once", async () => {
  const r = await opened({}, { ...QUIET, match: match() });
  await r.act.listen();
  const { chosen, notice } = r.on("choosing");
  assert.deepEqual(chosen, ["wmWang"]);
  assert.deepEqual(notice, { kind: "news", text: "客户刚刚通过" });
  // There is nothing to wait for any more.
  await r.act.listen();
  assert.deepEqual(r.of("order.watch"), [
    { orderId: "order-1", version: "v1" },
  ]);
});

Deno.test("while nothing changes nothing is drawn anew, and the newest version is asked about", async () => {
  const r = await opened({}, null);
  const before = r.step;
  await r.act.listen();
  await r.act.listen();
  assert.equal(r.step, before);
  assert.deepEqual(r.of("order.watch").map(({ version }) => version), [
    "v1",
    "v2",
  ]);
});

Deno.test("a colleague's creation ends on this page, too", async () => {
  const underWay = { intent: INTENT };
  const made = await opened(underWay, { ...QUIET, group: GROUP, match: null });
  assert.equal(made.step.at, "occupied");
  await made.act.listen();
  assert.equal(made.on("done").group.chatId, "wrChat");

  const reported = { ...INTENT, status: "searching" as const };
  const settled = await opened(underWay, { ...QUIET, intent: reported });
  void settled.act.listen();
  await settled.settle();
  assert.equal(settled.step.at, "settling");

  const free = await opened(underWay, { ...QUIET, match: match() });
  await free.act.listen();
  assert.deepEqual(free.on("choosing").notice, {
    kind: "news",
    text: "对方没有建群，您可以建了",
  });

  const ended = await opened(underWay, { ...QUIET, ended: "群没有建好" });
  await ended.act.listen();
  assert.deepEqual(ended.on("choosing").notice, {
    kind: "news",
    text: "群没有建好",
  });
});

const OFFERED = {
  chatId: "wrByHand",
  groupName: "王姐家",
  linkable: true as const,
  createdAt: "2026-11-22T03:00:00.000Z",
  memberCount: 3,
  offer: { title: "", text: "" },
};

Deno.test("a group that was declined here is not offered again when the page hears of something", async () => {
  const heard = { ...QUIET, match: match(), existing: OFFERED };
  const offered = await opened({}, heard);
  await offered.act.listen();
  assert.equal(offered.on("existing").existing.chatId, "wrByHand");

  // Another one was wanted, and a colleague had begun one meanwhile.
  const r = await opened({ match: known(match()), existing: OFFERED }, heard);
  r.server["group.preview"] = () => ok(preview({ inProgress: inProgress() }));
  r.on("existing");
  await r.act.createAnother();
  r.on("occupied");
  await r.act.listen();
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
});

Deno.test("what was told when the page opened and is true no more is taken back", async () => {
  const gone = { ended: null, candidates: null, existing: null };
  const r = await opened(
    { intent: INTENT, ended: "上次的群没有建好" },
    { ...QUIET, ...gone },
  );
  await r.act.listen();
  assert.deepEqual(r.on("choosing").notice, {
    kind: "news",
    text: "对方没有建群，您可以建了",
  });
});

Deno.test("a code on the screen is shown on while the page says what has ended", async () => {
  const r = await opened({}, { ...QUIET, ended: "群没有建好" });
  r.server["customer.code"] = () => ok({ qrCode: "https://wework.qpic.cn/x" });
  await r.act["contact-code"]();
  const { code } = r.on("choosing");
  assert.ok(code);
  await r.act.listen();
  assert.equal(r.on("choosing").code, code);
});

Deno.test("what a person does meanwhile comes first", async () => {
  const r = await opened({}, { ...QUIET, match: match() });
  const { promise, resolve } = Promise.withResolvers<void>();
  r.server["order.watch"] = async () => {
    await promise;
    return ok({ version: "v2", now: { ...QUIET, match: match() } });
  };
  const listening = r.act.listen();
  // Nobody asks twice at the same time.
  await r.act.listen();
  await r.act.consider("wmYutong");
  resolve();
  await listening;
  r.on("picking");
  assert.equal(r.of("order.watch").length, 1);
});

Deno.test("a lost network changes nothing, and is asked again; nobody is asked for ever", async () => {
  const r = await opened({}, null);
  r.server["order.watch"] = () => no("NETWORK_LOST");
  for (let turn = 0; turn < 500; turn++) await r.act.listen();
  r.on("choosing");
  assert.equal(r.of("order.watch").length, 400);
  // Somebody comes back to the page.
  r.act.visible();
  await r.act.listen();
  assert.equal(r.of("order.watch").length, 401);
});
