/** Creations that end without a group, while the page looks on or before. */
import assert from "node:assert/strict";
import {
  ACTIVE,
  no,
  ok,
  pageModel,
  PREPARED,
  rig,
  UNFINISHED,
} from "./support.ts";
import type { PageIntent } from "../../lib/flows/schemas.ts";
import { screenOf } from "../../lib/ui/parts/screens.ts";

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

const TWO = [
  { chatId: "wr2", groupName: "王建国-服务群", memberNames: ["陈静"] },
  { chatId: "wr1", groupName: "阳台改造", memberNames: ["陈静"] },
].map((one) => ({ ...one, createdAt: "2026-11-22T03:00:00.000Z" }));

Deno.test("groups that nobody chose from are asked about when the page opens", async () => {
  const model = pageModel({ ended: "上次发起的建群…", candidates: TWO });
  const r = rig({ model });
  r.act.start();
  assert.equal(r.on("several").candidates.length, 2);
  r.act.pass();
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
  assert.equal(r.on("choosing").notice, null);

  const other = rig({ model });
  other.act.start();
  void other.act.linkGroup("wr1");
  await other.settle();
  other.on("done");
  assert.deepEqual(other.inputs[0], { orderId: "order-1", chatId: "wr1" });
});

Deno.test("a search that ends with groups to choose from asks, and leads to the choice of the customer", async () => {
  const searching = intent({ status: "searching" });
  const ended = { reason: "not_chosen", candidates: TWO };
  const r = rig({
    model: pageModel({ intent: searching }),
    server: { "group.get": () => no("GROUP_NOT_FOUND", ended) },
  });
  r.act.start();
  await r.wake();
  assert.equal(r.on("several").candidates.length, 2);
  r.act.pass();
  await r.settle();
  r.on("choosing");
});

Deno.test("a search that WeCom did not answer can be gone on with", async () => {
  const r = rig({
    model: pageModel({ intent: intent({ status: "searching" }) }),
    server: {
      "group.get": () =>
        no("GROUP_NOT_FOUND", {
          reason: "not_asked",
          title: "还不知道群建好没有",
        }),
    },
  });
  r.act.start();
  await r.wake();
  const { title, buttons } = screenOf(r.on("settling"), r.act);
  assert.equal(title, "还不知道群建好没有");
  const [again] = buttons ?? [];
  assert.equal(again?.[1], "再查一次");
  r.server["group.get"] = () => ok({ ...ACTIVE, members: [] });
  again?.[2]();
  await r.wake();
  r.on("done");
});

Deno.test("who watches a creation whose group is dissolved is told so, not left waiting", async () => {
  const r = rig({
    model: pageModel({ intent: intent({ status: "searching" }) }),
    server: {
      "group.get": () =>
        ok({ ...ACTIVE, chatId: "wrOld", status: "dismissed", gone: "已解散" }),
    },
  });
  r.act.start();
  await r.wake();
  const step = r.on("settling");
  assert.equal(screenOf(step, r.act).title, "群已解散");
  assert.equal(step.asked.chatId, null);
  await r.act.recheck();
  await r.settle();
  r.on("choosing");
});

Deno.test("who waited for a colleague is told why the order is free again", async () => {
  const theirs = intent({ mine: false, byName: "王强" });
  const msg = "上次发起的建群已取消，可以重新建群";
  const r = rig({ model: pageModel({ intent: theirs }) });
  r.server["group.get"] = () => ({
    ok: false,
    problem: {
      error: "GROUP_NOT_FOUND",
      msg,
      details: { reason: "cancelled" },
    },
  });
  r.act.start();
  await r.act.recheck();
  assert.deepEqual(r.on("choosing").notice, { kind: "news", text: msg });
});

Deno.test("who waited for a colleague's group that nobody confirmed may confirm it", async () => {
  const theirs = intent({ mine: false, byName: "王强" });
  const ended = { reason: "not_chosen", candidates: TWO };
  const r = rig({
    model: pageModel({ intent: theirs }),
    server: { "group.get": () => no("GROUP_NOT_FOUND", ended) },
  });
  r.act.start();
  await r.act.recheck();
  assert.equal(r.on("several").candidates.length, 2);
  r.act.pass();
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
});

Deno.test("whoever comes back to the page sees at once how a colleague's creation is", async () => {
  const theirs = intent({ mine: false, byName: "王强" });
  const r = rig({
    model: pageModel({ intent: theirs }),
    server: { "group.get": () => ok({ ...ACTIVE, members: [] }) },
  });
  r.act.start();
  r.on("occupied");
  r.act.visible();
  await r.settle();
  await r.wake();
  r.on("done");
});

async function waitedLong(r: ReturnType<typeof rig>) {
  r.act.start();
  for (let i = 0; i < 13; i++) await r.wake();
  const step = r.on("settling");
  assert.equal(step.long, true);
  return screenOf(step, r.act).buttons ?? [];
}

Deno.test("who waits long for a group that was not made can say so, and begins anew", async () => {
  const searching = ok({ ...ACTIVE, chatId: null, status: "searching" });
  const r = rig({
    model: pageModel({ intent: intent({ status: "searching" }) }),
    server: { "group.get": () => searching },
  });
  const [, notMade] = await waitedLong(r);
  assert.equal(notMade?.[1], "群没有建成");
  // Not believed yet: it goes on, and can be said again.
  notMade?.[2]();
  await r.settle();
  assert.deepEqual(r.inputs.at(-2), { intentId: "intent-1", notMade: true });
  assert.equal(r.on("settling").asked.intentId, "intent-1");
  r.server["group.get"] = () => no("GROUP_NOT_FOUND", { reason: "cancelled" });
  notMade?.[2]();
  await r.settle();
  r.on("choosing");
});

Deno.test("a colleague's creation, and one with an id, cannot be said not to be", async () => {
  for (const over of [{ mine: false }, { chatId: "wrChat" }]) {
    const of = intent({ status: "searching", ...over });
    const r = rig({ model: pageModel({ intent: of }) });
    const waits = ok({ ...ACTIVE, chatId: null, status: "searching" });
    r.server["group.get"] = r.server["group.record"] = () => waits;
    const buttons = await waitedLong(r);
    assert.deepEqual(buttons.map(([id]) => id), ["retry"]);
  }
});

Deno.test("who asks again sees that it is being asked", async () => {
  const r = rig({
    model: pageModel({ intent: intent({ status: "searching" }) }),
    server: { "group.get": () => no("WECOM_UNAVAILABLE") },
  });
  r.act.start();
  await r.wake();
  const [again] = screenOf(r.on("settling"), r.act).buttons ?? [];
  assert.equal(again?.[1], "重试");
  again?.[2]();
  const { title, problem, buttons } = screenOf(r.on("settling"), r.act);
  assert.equal(title, "正在和企业微信核对");
  assert.ok(!problem && !buttons);
});
