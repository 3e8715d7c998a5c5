import assert from "node:assert/strict";
import { ACTIVE, no, ok, pageModel, rig, told, UNFINISHED } from "./support.ts";
import type { GroupView, MissingMember } from "../../lib/flows/schemas.ts";
import type { Screen } from "../../lib/ui/parts/panel.tsx";
import { screenOf } from "../../lib/ui/parts/screens.ts";

const CUSTOMER: MissingMember = {
  memberId: "wmWang",
  name: "建国",
  kind: "customer",
  reason: "not_joined",
};
const MANAGER: MissingMember = {
  memberId: "wangqiang",
  name: "王强",
  kind: "staff",
  reason: "changed_on_order",
};

function group(...missing: MissingMember[]): GroupView {
  return told({
    chatId: "wrChat",
    groupName: "王建国-服务群",
    status: "active",
    owner: { wxUserId: "chenjing", name: "陈静" },
    members: [],
    customerJoined: !missing.includes(CUSTOMER),
    createdAt: "2026-11-22T03:00:00.000Z",
    syncedAt: "2026-11-22T03:00:00.000Z",
    ...(missing.length > 0 && { missing }),
  });
}

function opened(...missing: MissingMember[]) {
  const r = rig({
    model: pageModel({ group: group(...missing), match: null }),
    server: { "group.get": () => ok(group(...missing)) },
  });
  r.act.start();
  return r;
}

const buttons = (screen: Screen) => screen.buttons?.map(([id]) => id);

Deno.test("a complete group is opened, and nothing else is asked", async () => {
  const r = opened();
  await r.settle();
  assert.deepEqual(r.calls, ["start"]);
  const screen = screenOf(r.on("done"), r.act);
  assert.deepEqual([screen.mark, buttons(screen)], ["ok", [
    "open-chat",
    "copy-welcome",
  ]]);
});

Deno.test("who is missing is read again when the page opens, and on coming back", async () => {
  const r = opened(CUSTOMER);
  await r.settle();
  assert.deepEqual(r.calls, ["start", "group.get"]);
  r.server["group.get"] = () => ok(group());
  r.act.visible();
  await r.settle();
  assert.equal(r.on("done").group.missing, undefined);
  r.act.visible();
  await r.settle();
  assert.equal(r.calls.length, 3);
});

Deno.test("what helps most is the first button", async () => {
  const first = async (...missing: MissingMember[]) => {
    const r = opened(...missing);
    await r.settle();
    return buttons(screenOf(r.on("done"), r.act));
  };
  const last = "copy-welcome";
  assert.deepEqual(await first(CUSTOMER), ["open-chat", last]);
  assert.deepEqual(await first(MANAGER), ["add-staff", "open-chat", last]);
  assert.deepEqual(await first(CUSTOMER, MANAGER), [
    "open-chat",
    "add-staff",
    last,
  ]);
  // Who is not in the group can neither open it nor add anybody.
  for (const memberId of ["chenjing", "ChenJing"]) {
    assert.deepEqual(await first({ ...MANAGER, memberId }), ["retry"]);
  }
});

Deno.test("one tap puts the missing colleagues in, and waits until the list has them", async () => {
  const r = opened(CUSTOMER, MANAGER);
  await r.settle();
  let asked: unknown;
  r.client.addStaff = (...given) => {
    asked = given;
    return Promise.resolve({ ok: true, data: {} });
  };
  void r.act.addStaff();
  await r.settle();
  assert.deepEqual(asked, ["wrChat", ["wangqiang"]]);
  assert.equal(r.on("done").busy, true);
  assert.equal(await r.wake(), 20_000);
  r.server["group.get"] = () => ok(group(CUSTOMER));
  assert.equal(await r.wake(), 1_000);
  const { busy, group: shown } = r.on("done");
  assert.deepEqual([busy, shown.missing], [false, [CUSTOMER]]);
});

Deno.test("a list that lags is waited for a while, then told of", async () => {
  const r = opened(MANAGER);
  await r.settle();
  void r.act.addStaff();
  await r.settle();
  await r.wake(); // the client's patience
  // Coming back meanwhile does not cut the waiting short.
  r.act.visible();
  const pauses = [];
  for (let i = 0; i < 5; i++) pauses.push(await r.wake());
  assert.deepEqual(pauses, [1_000, 2_000, 3_000, 5_000, 8_000]);
  const { busy, hint } = r.on("done");
  assert.deepEqual([busy, hint], [false, "later"]);
});

Deno.test("a client that cannot add leads to doing it by hand", async () => {
  const r = opened(MANAGER);
  await r.settle();
  r.client.addStaff = () =>
    Promise.resolve({
      ok: false,
      problem: { error: "CLIENT_TOO_OLD", msg: "版本太低" },
    });
  await r.act.addStaff();
  const { busy, hint, problem } = r.on("done");
  assert.deepEqual([busy, hint, problem?.error], [
    false,
    "add",
    "CLIENT_TOO_OLD",
  ]);
  // Cancelled: the person knows.
  r.client.addStaff = () => Promise.resolve({ ok: false, problem: null });
  await r.act.addStaff();
  const after = r.on("done");
  assert.deepEqual([after.busy, after.hint, after.problem], [
    false,
    null,
    null,
  ]);
});

Deno.test("a client that never answers does not keep the page waiting", async () => {
  const r = opened(MANAGER);
  await r.settle();
  r.client.addStaff = () => new Promise(() => {});
  void r.act.addStaff();
  await r.settle();
  assert.equal(r.on("done").busy, true);
  assert.equal(await r.wake(), 20_000);
  assert.equal(r.on("done").hint, "add");
});

const FITTING = ["wrOne", "wrTwo"].map((chatId) => ({
  chatId,
  groupName: "王建国-服务群",
  createdAt: "2026-11-22T03:00:00.000Z",
  memberNames: ["陈静", "王强", "建国"],
}));

/** The client gave no chatId, and two groups could be the one. */
async function searching() {
  const status = "searching";
  const r = rig({
    model: pageModel({
      intent: {
        intentId: "intent-1",
        groupName: "王建国-服务群",
        status,
        chatId: null,
        mine: true,
        byName: "陈静",
        customerExternalUserId: "wmWang",
        told: UNFINISHED,
        expiresAt: "2026-11-22T04:10:00.000Z",
      },
    }),
    server: {
      "group.get": () =>
        ok({ ...ACTIVE, chatId: null, status, candidates: FITTING }),
    },
  });
  r.act.start();
  await r.wake();
  return r;
}

Deno.test("of several groups that fit, the person chooses one", async () => {
  const r = await searching();
  assert.equal(r.on("several").candidates.length, 2);
  r.server["group.link"] = () =>
    no("CHAT_REJECTED", { reason: "unknown", final: false });
  await r.act.linkGroup("wrTwo");
  const { busy, problem } = r.on("several");
  assert.deepEqual([busy, problem?.error], [null, "CHAT_REJECTED"]);
  r.server["group.link"] = () => ok(ACTIVE);
  r.server["group.get"] = () => ok(group());
  await r.act.linkGroup("wrTwo");
  r.on("done");
  const linked = r.inputs.filter(({ chatId }) => chatId === "wrTwo");
  assert.equal(linked.length, 2);
});

Deno.test("of several groups, one that turns out to be gone is taken away, and said so", async () => {
  const r = await searching();
  r.server["group.link"] = () =>
    no("CHAT_REJECTED", { reason: "unknown", final: true });
  await r.act.linkGroup("wrTwo");
  const { candidates, busy, problem } = r.on("several");
  assert.deepEqual(candidates.map(({ chatId }) => chatId), ["wrOne"]);
  assert.deepEqual([busy, problem?.error], [null, "CHAT_REJECTED"]);
  // With none left, the search goes on.
  await r.act.linkGroup("wrOne");
  r.on("settling");
});

Deno.test("a colleague who chose first is believed", async () => {
  const r = await searching();
  r.server["group.link"] = () => no("GROUP_ALREADY_EXISTS");
  r.server["group.get"] = () => ok(group());
  await r.act.linkGroup("wrOne");
  await r.wake();
  r.on("done");
});

Deno.test("none of these: the same groups are not offered again, another one is", async () => {
  const r = await searching();
  r.act.pass();
  await r.wake();
  r.on("settling");
  const [one] = FITTING;
  r.server["group.get"] = () =>
    ok({
      ...ACTIVE,
      chatId: null,
      status: "searching",
      candidates: [...FITTING, { ...one, chatId: "wrThree" }],
    });
  await r.wake();
  assert.equal(r.on("several").candidates.length, 3);
});

Deno.test("a search that ended without a group says so and leads to a new one", async () => {
  const r = await searching();
  r.act.pass();
  r.server["group.get"] = () =>
    no("GROUP_NOT_FOUND", { reason: "not_found_in_time" });
  await r.wake();
  const step = r.on("settling");
  assert.equal(step.problem?.error, "GROUP_NOT_FOUND");
  const screen = screenOf(step, r.act);
  assert.deepEqual(screen.buttons?.map(([, label]) => label), ["重新建群"]);
  await r.act.recheck();
  await r.settle();
  r.on("choosing");
});

Deno.test("who looks again and still is not in the group is told so", async () => {
  const me: MissingMember = { ...MANAGER, memberId: "chenjing", name: "陈静" };
  const r = opened(me);
  await r.settle();
  assert.equal(r.on("done").hint, null);
  const looking = r.act.look();
  assert.equal(screenOf(r.on("done"), r.act).busy, "retry");
  await looking;
  assert.equal(screenOf(r.on("done"), r.act).busy, false);
  assert.equal(r.on("done").hint, "still");

  r.server["group.get"] = () => no("NETWORK_LOST");
  await r.act.look();
  assert.equal(r.on("done").hint, "still");
  r.server["group.get"] = () => ok(group());
  await r.act.look();
  assert.equal(r.on("done").hint, null);
});
