/** The sheet is a look that takes nothing; the tap on it takes the order. */
import assert from "node:assert/strict";
import { App } from "fresh";
import { ConfirmSheet } from "../../lib/ui/parts/confirm_sheet.tsx";
import type { ClientAnswer } from "../../lib/ui/refusal.ts";
import {
  ELSEWHERE,
  inProgress,
  never,
  no,
  NOW,
  ok,
  PREPARED,
  preview,
  type Rig,
  rig,
  tapThrough,
} from "./support.ts";

async function openSheet(r: Rig): Promise<void> {
  r.act.start();
  await r.act.create();
  r.on("confirming");
}

async function words(r: Rig): Promise<string> {
  return (await drawn(r)).replaceAll(/<[^>]*>/g, "");
}

async function drawn(r: Rig): Promise<string> {
  const sheet = <ConfirmSheet step={r.on("confirming")} act={r.act} />;
  const app = new App().use((ctx) => ctx.render(sheet));
  const page = await app.handler()(new Request("http://localhost/"));
  return await page.text();
}

Deno.test("the sheet opens at once, and its button waits for the server's look", async () => {
  const r = rig({ server: { "group.preview": () => never() } });
  r.act.start();
  void r.act.create();
  r.on("confirming");
  await r.act.confirm();
  assert.deepEqual(r.calls, ["start", "group.preview"]);
  // Nobody can press it before; who pressed it keeps the focus.
  const button = /<button[^>]*confirm-create[^>]*>/;
  assert.match((await drawn(r)).match(button)?.[0] ?? "", / disabled/);

  const pressed = rig({ server: { "group.prepare": () => never() } });
  await openSheet(pressed);
  assert.doesNotMatch(
    (await drawn(pressed)).match(button)?.[0] ?? "",
    / disabled/,
  );
  void pressed.act.confirm();
  await pressed.settle();
  const busy = (await drawn(pressed)).match(button)?.[0] ?? "";
  assert.match(busy, / aria-disabled/);
  assert.doesNotMatch(busy, / disabled/);
});

Deno.test("two quick taps look once, two quick confirmations take the order once", async () => {
  const r = rig();
  r.client.createChat = never;
  r.act.start();
  void r.act.create();
  void r.act.create();
  await r.settle();
  void r.act.confirm();
  void r.act.confirm();
  await r.settle();
  assert.equal(r.of("group.preview").length, 1);
  assert.equal(r.of("group.prepare").length, 1);
  assert.equal(r.calls.filter((name) => name === "createChat").length, 1);
});

Deno.test("to open the sheet and close it costs nothing and tells nobody", async () => {
  const r = rig();
  await openSheet(r);
  r.act.cancel();
  r.on("choosing");
  await r.settle();
  assert.deepEqual(r.calls, ["start", "group.preview"]);
  assert.equal(r.outbox.get("order-1"), null);
});

Deno.test("the sheet names who comes, who does not and why, and how many", async () => {
  const r = rig({
    server: {
      "group.preview": () =>
        ok(preview({
          members: preview().members.slice(0, 2),
          missing: [{
            id: "wangqiang",
            name: "王强",
            role: "project_manager",
            reason: "departed",
            note: "项目经理王强已经离职，不会进群。请换成在职的同事",
          }],
          size: { members: 2, most: 40 },
        })),
    },
  });
  await openSheet(r);
  const text = await words(r);
  assert.match(text, /王建国-服务群/);
  assert.match(text, /陈静您，群主/);
  assert.match(text, /2 人，最多 40 人/);
  assert.match(text, /项目经理王强已经离职，不会进群/);
});

const CHOICES = [{ wxUserId: "wangqiang", name: "王强" }, {
  wxUserId: "zhaomin",
  name: "赵敏",
}];

/** The designer alone, beside whom 王强 joins. */
const two = () =>
  ok(preview({
    members: preview().members.map((one) =>
      one.id === "wangqiang" ? { ...one, role: "second", label: "" } : one
    ),
    second: {
      why: "再加一位同事",
      colleague: CHOICES[0] ?? null,
      choices: CHOICES,
    },
  }));

Deno.test("the second colleague is named once, where another one can be chosen", async () => {
  const r = rig({ server: { "group.preview": two } });
  await openSheet(r);
  assert.equal(r.on("confirming").second, "wangqiang");
  const text = await words(r);
  assert.equal(text.split("王强").length - 1, 1, "in the select alone");
  assert.match(await drawn(r), /<select value="wangqiang"/);
  assert.match(text, /3 人，最多 40 人/);
  r.act.setSecond("zhaomin");
  assert.match(await words(r), /3 人，最多 40 人/);
  r.act.setSecond("");
  assert.match(await words(r), /2 人，最多 40 人/);
});

Deno.test("while the order is being taken nobody else is chosen", async () => {
  const asked = { "group.preview": two, "group.prepare": () => never() };
  const r = rig({ server: asked });
  await openSheet(r);
  void r.act.confirm();
  await r.settle();
  r.act.setSecond("zhaomin");
  assert.equal(r.on("confirming").second, "wangqiang");
  const [sent] = r.of("group.prepare");
  assert.equal(sent?.secondColleague, "wangqiang");
});

Deno.test("the order is taken by the page's attempt, then the client is asked at once", async () => {
  const r = rig();
  let noted: unknown;
  r.client.createChat = () => {
    noted = r.outbox.get("order-1");
    return never();
  };
  await tapThrough(r);
  assert.deepEqual(r.of("group.prepare"), [{
    orderId: "order-1",
    customerExternalUserIds: ["wmWang"],
    attempt: "page-1",
    force: false,
    takeOver: false,
  }]);
  // Noted before the client is asked.
  assert.deepEqual(noted, {
    intentId: "intent-1",
    made: false,
    chatId: null,
    at: NOW,
    by: "chenjing",
  });
});

Deno.test("the button is busy while the order is taken", async () => {
  const r = rig({ server: { "group.prepare": () => never() } });
  await openSheet(r);
  void r.act.confirm();
  assert.equal(r.on("confirming").busy, true);
});

Deno.test("a network that is lost at the tap is told on the sheet, and the tap is safe again", async () => {
  const r = rig({ server: { "group.prepare": () => no("NETWORK_LOST") } });
  r.client.createChat = never;
  await openSheet(r);
  await r.act.confirm();
  const { busy, problem } = r.on("confirming");
  assert.deepEqual([busy, problem?.error], [false, "NETWORK_LOST"]);
  r.server["group.prepare"] = () => ok(PREPARED);
  void r.act.confirm();
  await r.settle();
  r.on("creating");
  const attempts = r.of("group.prepare").map(({ attempt }) => attempt);
  assert.deepEqual(attempts, ["page-1", "page-1"]);
});

Deno.test("an order whose answer was lost on the way is no other page's when the sheet is opened again", async () => {
  const r = rig({ server: { "group.prepare": () => no("NETWORK_LOST") } });
  await openSheet(r);
  await r.act.confirm();
  r.act.cancel();
  r.server["group.preview"] = () => ok(preview({ inProgress: ELSEWHERE }));
  await r.act.create();
  r.on("confirming");
});

Deno.test("an order that is given after the sheet was closed is given back", async () => {
  const late = Promise.withResolvers<unknown>();
  const r = rig({ server: { "group.prepare": () => late.promise } });
  await openSheet(r);
  void r.act.confirm();
  r.act.cancel();
  late.resolve(ok(PREPARED));
  await r.settle();
  r.on("choosing");
  assert.deepEqual(r.of("group.cancel"), [{ intentId: "intent-1" }]);
  assert.ok(!r.calls.includes("createChat"));
});

Deno.test("an order that was confirmed again meanwhile is not given back", async () => {
  const late = Promise.withResolvers<unknown>();
  const r = rig({ server: { "group.prepare": () => late.promise } });
  r.client.createChat = never;
  await openSheet(r);
  void r.act.confirm();
  r.act.cancel();
  await r.act.create();
  r.server["group.prepare"] = () => ok(PREPARED);
  void r.act.confirm();
  await r.settle();
  late.resolve(ok(PREPARED));
  await r.settle();
  r.on("creating");
  assert.deepEqual(r.of("group.cancel"), []);
});

Deno.test("a client that refuses is asked again once the server has said yes again", async () => {
  const r = rig();
  r.client.createChat = () =>
    Promise.resolve({
      ok: false,
      problem: { error: "CLIENT_REFUSED", msg: "没有完成" },
    });
  await tapThrough(r);
  assert.equal(r.on("creating").problem?.error, "CLIENT_REFUSED");
  r.server["group.prepare"] = () => no("NETWORK_LOST");
  await r.act.confirm();
  assert.equal(r.on("creating").problem?.error, "NETWORK_LOST");
  r.server["group.prepare"] = () => ok(PREPARED);
  r.client.createChat = () => Promise.resolve({ ok: true, data: null });
  await r.act.confirm();
  r.on("settling");
  assert.equal(r.calls.filter((name) => name === "createChat").length, 2);
});

Deno.test("a group that the client made while it was asked again is not given back", async () => {
  const first = Promise.withResolvers<ClientAnswer<string | null>>();
  const second = Promise.withResolvers<unknown>();
  const r = rig();
  r.client.createChat = () => first.promise;
  await tapThrough(r);
  await r.wake(); // the client's patience
  r.server["group.prepare"] = () => second.promise;
  void r.act.confirm();
  await r.settle();
  first.resolve({ ok: true, data: "wrChat" });
  await r.settle();
  second.resolve(ok(PREPARED));
  await r.settle();
  await r.wake();
  r.on("done");
  assert.deepEqual(r.of("group.cancel"), []);
});

Deno.test("a problem with the look is shown above the choice and can be tried again", async () => {
  const r = rig({ server: { "group.preview": () => no("WECOM_UNAVAILABLE") } });
  r.act.start();
  await r.act.create();
  const { notice, chosen } = r.on("choosing");
  assert.ok(notice?.kind === "problem" && notice.again);
  assert.deepEqual(chosen, ["wmWang"]);
  r.server["group.preview"] = () => ok(preview());
  r.act.retry(notice.again);
  await r.settle();
  r.on("confirming");
});

Deno.test("an earlier creation that was not looked for since is looked for, then the tap is offered again", async () => {
  const askFirst = "group.preview";
  const refusal = no("GROUP_IN_PROGRESS", { ...ELSEWHERE, askFirst });
  const r = rig({ server: { "group.prepare": () => refusal } });
  await openSheet(r);
  await r.act.confirm();
  const { preview: seen, busy } = r.on("confirming");
  assert.ok(seen && !busy);
  assert.equal(r.of("group.preview").length, 2);
  assert.ok(!r.calls.includes("createChat"));
});

Deno.test("a colleague who was quicker is named, before the tap or after it", async () => {
  const looked = rig({
    server: {
      "group.preview": () => ok(preview({ inProgress: inProgress() })),
    },
  });
  looked.act.start();
  await looked.act.create();
  const { told, own } = looked.on("occupied");
  assert.deepEqual([told.title, own], ["王强正在建这个群", null]);

  const tapped = rig({
    server: { "group.prepare": () => no("GROUP_IN_PROGRESS", inProgress()) },
  });
  await openSheet(tapped);
  await tapped.act.confirm();
  assert.match(tapped.on("occupied").told.title, /王强/);
  tapped.server["group.get"] = () =>
    ok({ chatId: "wr", groupName: "群", status: "active", members: [] });
  await tapped.act.recheck();
  tapped.on("done");
});

Deno.test("a wrong clock of the device changes nothing", async () => {
  for (const off of [-25, 25]) {
    const r = rig({ now: () => NOW + off * 60_000 });
    await tapThrough(r);
    await r.wake();
    await r.wake();
    r.on("done");
    assert.equal(r.of("group.prepare").length, 1);
  }
});
