/** One person with two pages on the same order; and groups that were one too many. */
import assert from "node:assert/strict";
import type { GroupView } from "../../lib/flows/schemas.ts";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import { screenOf } from "../../lib/ui/parts/screens.ts";
import { extraChats } from "../../lib/ui/state/presence.ts";
import {
  ELSEWHERE,
  never,
  no,
  ok,
  pageModel,
  PREPARED,
  preview,
  type Rig,
  rig,
  tapThrough,
} from "./support.ts";

const OWN = { chatId: "wrOwn", groupName: "王建国-服务群" };
const HAND = {
  chatId: "wrHand",
  groupName: "宋平家装修群",
  linkable: true,
  memberCount: 3,
};
const TWIN = {
  chatId: "wrTwin",
  groupName: "王建国-服务群",
  createdAt: "2026-11-22T03:00:00.000Z",
  memberNames: ["陈静"],
};

const native = (r: Rig) => r.calls.filter((name) => name === "createChat");

const group = (over: Partial<GroupView> = {}): GroupView => ({
  ...OWN,
  status: "active",
  owner: { wxUserId: "chenjing", name: "陈静" },
  members: [],
  customerJoined: true,
  createdAt: "2026-11-22T03:00:00.000Z",
  syncedAt: "2026-11-22T03:00:00.000Z",
  ...over,
});

Deno.test("the second page to confirm shows the group that the first one made", async () => {
  const r = rig();
  r.act.start();
  await r.act.create();
  r.server["group.prepare"] = () => ok({ existing: OWN });
  await r.act.confirm();
  assert.equal(r.on("done").group.chatId, "wrOwn");
  assert.deepEqual(native(r), []);
});

Deno.test("the order's own group is shown instead of a sheet", async () => {
  const r = rig({
    server: { "group.preview": () => ok(preview({ existing: OWN })) },
  });
  r.act.start();
  await r.act.create();
  assert.equal(r.on("done").group.chatId, "wrOwn");
});

Deno.test("one's own creation on another page is a choice, and takes over only by a look and a tap", async () => {
  const r = rig({
    server: { "group.prepare": () => no("GROUP_IN_PROGRESS", ELSEWHERE) },
  });
  r.client.createChat = never;
  await tapThrough(r);
  const { title, buttons = [] } = screenOf(r.on("occupied"), r.act);
  assert.equal(title, "您在另一个页面正在建这个群");
  assert.deepEqual(buttons.map(([, label]) => label), [
    "看看好了没有",
    "在这里继续",
  ]);
  assert.deepEqual(native(r), []);

  r.server["group.preview"] = () => ok(preview({ inProgress: ELSEWHERE }));
  r.server["group.prepare"] = () => ok(PREPARED);
  buttons[1]?.[2]();
  await r.settle();
  r.on("confirming");
  assert.deepEqual(native(r), []);
  void r.act.confirm();
  await r.settle();
  assert.equal(r.of("group.prepare").at(-1)?.takeOver, true);
  assert.equal(native(r).length, 1);
});

Deno.test("who agreed to take one page's place has not agreed to take another's", async () => {
  const look = () => ok(preview({ inProgress: ELSEWHERE }));
  const r = rig({ server: { "group.preview": look } });
  r.act.start();
  await r.act.create();
  r.on("occupied");
  const third = { ...ELSEWHERE, intentId: "intent-9" };
  r.server["group.preview"] = () => ok(preview({ inProgress: third }));
  r.act.proceed();
  await r.settle();
  assert.equal(r.on("occupied").own?.intentId, "intent-9");
});

Deno.test("this page's own creation is not another page's", async () => {
  const r = rig();
  r.client.createChat = () => Promise.resolve({ ok: false, problem: null });
  r.server["group.cancel"] = () => no("NETWORK_LOST");
  await tapThrough(r);
  r.on("choosing");
  const mine = { ...ELSEWHERE, intentId: PREPARED.intentId };
  r.server["group.preview"] = () => ok(preview({ inProgress: mine }));
  await r.act.create();
  assert.equal(r.on("confirming").takeOver, null);
});

Deno.test("a group made by hand is linked with one tap, or passed over by force", async () => {
  const hand = () => ok(preview({ existing: HAND }));
  const r = rig({ server: { "group.preview": hand } });
  r.client.createChat = never;
  r.act.start();
  await r.act.create();
  r.on("existing");
  await r.act.createAnother();
  void r.act.confirm();
  await r.settle();
  assert.equal(r.of("group.prepare")[0]?.force, true);

  const other = rig({ server: { "group.preview": hand } });
  other.act.start();
  await other.act.create();
  await other.act.linkGroup("wrHand");
  other.on("done");
  assert.ok(other.calls.includes("group.link"));
});

Deno.test("a group made by hand that turns out to be gone is not offered again", async () => {
  const r = rig({
    server: {
      "group.preview": () => ok(preview({ existing: HAND })),
      "group.link": () => no("CHAT_REJECTED", { final: true }),
    },
  });
  r.act.start();
  await r.act.create();
  await r.act.linkGroup("wrHand");
  const { notice, match } = r.on("choosing");
  assert.equal(notice?.kind, "problem");
  assert.equal(match?.status, "matched");
});

Deno.test("groups to choose from are asked about before the sheet, and not twice", async () => {
  const candidates = [TWIN, { ...TWIN, chatId: "wrTwo" }];
  const r = rig({
    server: { "group.preview": () => ok(preview({ candidates })) },
  });
  r.client.createChat = never;
  r.act.start();
  await r.act.create();
  assert.equal(r.on("several").candidates.length, 2);
  r.act.pass();
  r.on("choosing");
  await r.act.create();
  void r.act.confirm();
  await r.settle();
  assert.equal(r.of("group.prepare")[0]?.force, true);
});

Deno.test("a group that was made besides the order's is told of, and can be opened", async () => {
  const r = rig({
    server: {
      "group.record": () => no("GROUP_ALREADY_EXISTS", OWN),
      "group.get": () => ok(group()),
    },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  // Nothing is left to be sent.
  assert.equal(r.outbox.get("order-1"), null);
  assert.equal(r.on("done").group.chatId, "wrOwn");
  const { problem, buttons = [] } = screenOf(r.on("done"), r.act);
  assert.equal(problem?.error, "GROUP_ALREADY_EXISTS");
  assert.match(problem.msg, /多建了 1 个群/);
  assert.deepEqual(buttons.map(([, label]) => label), [
    "打开多出来的群",
    "打开客户群",
  ]);
  const opened: string[] = [];
  r.client.openChat = (chatId) => {
    opened.push(chatId);
    return Promise.resolve(false);
  };
  for (const [, , press] of buttons) await press();
  assert.deepEqual(opened, ["wrChat", "wrOwn"]);
  assert.equal(r.on("done").hint, "open");
});

Deno.test("one group too many is told of until it is dissolved", async () => {
  const twin = { ...TWIN, chatId: "wrChat" };
  const r = rig({
    server: {
      "group.record": () => no("GROUP_ALREADY_EXISTS", OWN),
      "group.get": () => ok(group({ twins: [twin] })),
    },
  });
  await tapThrough(r);
  await r.wake();
  await r.wake();
  assert.deepEqual(extraChats(r.on("done")), ["wrChat"]);
  r.server["group.get"] = () => ok(group());
  r.act.visible();
  await r.settle();
  assert.deepEqual(extraChats(r.on("done")), []);
  assert.equal(screenOf(r.on("done"), r.act).problem, null);
});

Deno.test("a late answer of a page whose place was taken is told as one group too many", async () => {
  const late = Promise.withResolvers<ClientAnswer<string | null>>();
  const r = rig({
    server: { "group.record": () => no("GROUP_ALREADY_EXISTS", OWN) },
  });
  r.client.createChat = () => late.promise;
  await tapThrough(r);
  late.resolve({ ok: true, data: "wrLate" });
  await r.settle();
  await r.wake();
  await r.wake();
  assert.deepEqual(extraChats(r.on("done")), ["wrLate"]);
});

Deno.test("groups one too many that the server knows of are told in the same words", async () => {
  const twins = [TWIN, { ...TWIN, chatId: "wrTwo" }];
  const view = group({ twins });
  const r = rig({
    model: pageModel({ group: view, match: null }),
    server: { "group.get": () => ok(view) },
  });
  r.act.start();
  await r.settle();
  const { problem, buttons } = screenOf(r.on("done"), r.act);
  assert.match(problem?.msg ?? "", /多建了 2 个群/);
  assert.deepEqual(buttons?.map(([, label]) => label), [
    "打开多出来的群",
    "打开多出来的群",
    "打开客户群",
  ]);
});
