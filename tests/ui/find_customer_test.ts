import assert from "node:assert/strict";
import { candidate, match, no, NOBODY, ok, pageModel, rig } from "./support.ts";
import type { Rig } from "./support.ts";
import type { Reading } from "../../lib/ui/model.ts";

const nobody = (stale = false) =>
  pageModel({ match: { kind: "known", match: NOBODY, stale } });

const notice = ({ step }: Rig) => step.at === "choosing" ? step.notice : null;

const reading = (seen: number, expected: number | null): Reading => ({
  seen,
  expected,
  note: `${seen} of ${expected}`,
});

Deno.test("a known match needs no request at all", async () => {
  const r = rig();
  r.act.start();
  await r.settle();
  assert.deepEqual(r.calls, ["start"]);
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
});

Deno.test("the first reading shows how far it is, then the match", async () => {
  const r = rig({
    model: pageModel({ match: { kind: "syncing", ...reading(0, null) } }),
    server: {
      "contacts.sync": (input) => {
        const report = input.onProgress as (reading: Reading) => void;
        report(reading(100, null));
        report(reading(1200, 5000));
        return ok(null);
      },
    },
  });
  r.act.start();
  await r.settle();
  assert.deepEqual(
    r.shown.flatMap((step) =>
      step.at === "syncing" ? [step.reading?.note ?? null] : []
    ),
    ["0 of null", null, "100 of null", "1200 of 5000"],
  );
  r.on("choosing");
  assert.equal(r.inputs[0]?.refresh, false);
});

Deno.test("who stands in line at the end of the patience waits on, without a tap", async () => {
  const answers = [
    match({ status: "syncing", candidates: [] }),
    match({ status: "syncing", candidates: [] }),
    match(),
  ];
  const r = rig({
    model: pageModel({ match: { kind: "syncing", ...reading(0, null) } }),
    server: { "customer.match": () => ok(answers.shift()) },
  });
  r.act.start();
  await r.settle();
  assert.equal(r.on("choosing").match?.status, "matched");
  const asked = r.calls.filter((name) => name === "contacts.sync");
  assert.equal(asked.length, 3);
});

Deno.test("a line that is cut while the contacts are read is taken up again", async () => {
  let cuts = 0;
  const r = rig({
    model: pageModel({ match: { kind: "syncing", ...reading(0, null) } }),
    server: {
      "contacts.sync": (input) => {
        const report = input.onProgress as (reading: Reading) => void;
        if (cuts === 3) return ok(null);
        report(reading(100 * ++cuts, null));
        return no("NETWORK_LOST");
      },
    },
  });
  r.act.start();
  await r.settle();
  assert.equal(cuts, 3);
  assert.equal(r.on("choosing").notice, null);
});

Deno.test("a network that is away is told, and not asked for ever", async () => {
  const r = rig({
    model: pageModel({ match: { kind: "syncing", ...reading(0, null) } }),
    server: { "contacts.sync": () => no("NETWORK_LOST") },
  });
  r.act.start();
  await r.settle();
  assert.equal(r.on("choosing").notice?.kind, "problem");
  assert.deepEqual(r.calls, ["start", "contacts.sync"]);
});

Deno.test("a miss on an old copy is refreshed once, before it is shown", async () => {
  const r = rig({
    model: nobody(true),
    server: { "customer.match": () => ok(NOBODY) },
  });
  r.act.start();
  r.on("syncing");
  await r.settle();
  assert.equal(r.inputs[0]?.refresh, true);
  assert.deepEqual(r.calls, ["start", "contacts.sync", "customer.match"]);
  assert.equal(r.on("choosing").match?.status, "none");
});

Deno.test("refreshing beside a match keeps the choice on the screen", async () => {
  const several = match({
    status: "ambiguous",
    candidates: [candidate(), candidate({ externalUserId: "wmOther" })],
  });
  const r = rig({
    model: pageModel({
      match: { kind: "known", match: several, stale: false },
    }),
    server: { "customer.match": () => ok(several) },
  });
  r.act.start();
  r.act.choose("wmOther");
  const done = r.act["refresh-contacts"]();
  assert.equal(r.on("choosing").busy, "refreshing");
  await done;
  assert.deepEqual(r.on("choosing").chosen, ["wmOther"]);
});

Deno.test("a refresh that finds nobody says so", async () => {
  const r = rig({
    model: nobody(),
    server: { "customer.match": () => ok(NOBODY) },
  });
  r.act.start();
  await r.act["refresh-contacts"]();
  assert.equal(notice(r)?.kind, "news");
});

Deno.test("a reading that was cut keeps what is there and offers another try", async () => {
  const r = rig({ server: { "contacts.sync": () => no("NETWORK_LOST") } });
  r.act.start();
  await r.act["refresh-contacts"]();
  const said = notice(r);
  assert.ok(said?.kind === "problem");
  assert.deepEqual(said.again, { act: "refresh-contacts" });
  assert.equal(r.on("choosing").match?.status, "matched");
});

Deno.test("what the server could not read is told, and read on retry", async () => {
  const problem = {
    error: "NO_CUSTOMER_CONTACT_PERMISSION" as const,
    msg: "您还没有客户联系权限",
  };
  const r = rig({ model: pageModel({ match: { kind: "failed", problem } }) });
  r.act.start();
  await r.settle();
  const said = notice(r);
  assert.ok(said?.kind === "problem" && said.again);
  assert.deepEqual(r.calls, ["start"]);
  r.act.retry(said.again);
  await r.settle();
  assert.equal(r.on("choosing").match?.status, "matched");
});

Deno.test("a contact picked by hand is shown first, then takes the customer's place", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  await r.act["pick-contact"]();
  assert.deepEqual(r.inputs, [{ externalUserId: "wmYutong" }]);
  assert.equal(r.on("picking").customer.remark, "雨桐 滨江");
  await r.act.link();
  assert.deepEqual(r.inputs[1], {
    orderId: "order-1",
    externalUserId: "wmYutong",
    writeNumber: false,
  });
  assert.ok(r.step.at === "choosing");
  assert.deepEqual(r.step.chosen, ["wmYutong"]);
  assert.equal(r.step.match?.candidates[0]?.name, "雨桐");
});

Deno.test("only one contact can be picked", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  r.client.pickContact = () =>
    Promise.resolve({ ok: true, data: ["wm1", "wm2"] });
  await r.act["pick-contact"]();
  assert.ok(!r.calls.includes("customer.link"));
  assert.equal(notice(r)?.kind, "news");
});

Deno.test("closing the list of contacts changes nothing", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  r.client.pickContact = () => Promise.resolve({ ok: false, problem: null });
  await r.act["pick-contact"]();
  assert.equal(notice(r), null);
});

Deno.test("the number is written where the person says so, and what became of it is told", async () => {
  const msg = "这位客户的备注里已有另一个订单的手机号，没有再写";
  const answers = [
    { writtenBack: true },
    { writtenBack: false, reason: "other_order", msg },
  ];
  const r = rig({
    model: nobody(),
    server: {
      "customer.link": ({ externalUserId }) =>
        ok({ externalUserId, name: "雨桐", ...answers.shift() }),
    },
  });
  r.act.start();
  const said: string[] = [];
  for (let turn = 0; turn < 2; turn++) {
    await r.act["pick-contact"]();
    r.act.setWrite(true);
    await r.act.link();
    assert.equal(r.of("customer.link").at(-1)?.writeNumber, true);
    const shown = notice(r);
    said.push(shown?.kind === "news" ? shown.text : "");
  }
  assert.match(said[0] ?? "", /写进了备注/);
  assert.ok(said[1]?.includes(msg));
});

Deno.test("nobody is linked who is not said to be the customer", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  await r.act["pick-contact"]();
  r.act.dismiss();
  assert.deepEqual(r.on("choosing").chosen, []);
  assert.ok(!r.calls.includes("customer.link"));
});

Deno.test("a link that fails stays on the sheet, and can be tried again", async () => {
  const answers = [no("NETWORK_LOST")];
  const r = rig({
    model: nobody(),
    server: {
      "customer.link": ({ externalUserId }) =>
        answers.shift() ??
          ok({ externalUserId, name: "雨桐", writtenBack: false }),
    },
  });
  r.act.start();
  await r.act["pick-contact"]();
  await r.act.link();
  assert.equal(r.on("picking").problem?.error, "NETWORK_LOST");
  await r.act.link();
  assert.deepEqual(r.on("choosing").chosen, ["wmYutong"]);
});

Deno.test("who cannot be looked at is told, with another try", async () => {
  const r = rig({
    model: nobody(),
    server: { "contact.get": () => no("FORBIDDEN") },
  });
  r.act.start();
  await r.act["pick-contact"]();
  const said = notice(r);
  assert.ok(said?.kind === "problem");
  assert.deepEqual(said.again, { act: "consider", about: ["wmYutong"] });
});

Deno.test("a suggestion is asked about at once and keeps its face", async () => {
  const suggestion = candidate({
    externalUserId: "wmYu",
    remark: "朱雨桐 绿城百合",
  });
  const r = rig({
    model: pageModel({
      match: {
        kind: "known",
        match: { ...NOBODY, suggestions: [suggestion] },
        stale: false,
      },
    }),
  });
  r.act.start();
  await r.act.consider("wmYu");
  assert.equal(r.on("picking").customer.externalUserId, "wmYu");
  assert.ok(!r.calls.includes("contact.get"), "it is known already");
  await r.act.link();
  assert.ok(r.step.at === "choosing");
  assert.equal(r.step.match?.candidates[0]?.remark, "朱雨桐 绿城百合");
  assert.equal(r.step.match?.status, "matched");
});

Deno.test("coming back from adding the customer looks for them", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  r.act.visible();
  assert.ok(!r.calls.includes("contacts.sync"));
  await r.act["add-customer"]();
  r.act.visible();
  await r.settle();
  assert.ok(r.calls.includes("contacts.sync"));
  assert.equal(r.on("choosing").match?.status, "matched");
});

Deno.test("a client that cannot add customers says where it can be done", async () => {
  const r = rig({ model: nobody() });
  r.act.start();
  r.client.addCustomer = () =>
    Promise.resolve({
      ok: false,
      problem: { error: "CLIENT_TOO_OLD", msg: "" },
    });
  await r.act["add-customer"]();
  const said = notice(r);
  assert.ok(said?.kind === "problem");
  assert.match(said.problem.msg, /手机/);
});

Deno.test("a registration that failed is told with a way to register again", async () => {
  const r = rig();
  r.act.start();
  r.registration({ error: "CLIENT_NOT_READY", msg: "没有认可" });
  const said = notice(r);
  assert.ok(said?.kind === "problem" && said.again);
  r.act.retry(said.again);
  assert.equal(notice(r), null);
  assert.deepEqual(r.calls, ["start", "start"]);

  r.registration({ error: "CLIENT_NOT_READY", msg: "没有认可" });
  r.registration(null);
  assert.equal(notice(r), null);
  await r.settle();
});

Deno.test("without a ticket the page says so and does not ask the client", () => {
  const signingProblem = {
    error: "WECOM_UNAVAILABLE" as const,
    msg: "没有响应",
  };
  const r = rig({ model: pageModel({ signing: null, signingProblem }) });
  r.act.start();
  assert.deepEqual(r.calls, []);
  const said = notice(r);
  assert.equal(
    said?.kind === "problem" && said.problem.error,
    "WECOM_UNAVAILABLE",
  );
});
