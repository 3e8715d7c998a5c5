/** Several customers, a second colleague, and a group that is offered at once. */
import assert from "node:assert/strict";
import {
  candidate,
  match,
  no,
  ok,
  pageModel,
  preview,
  rig,
} from "./support.ts";

const HE = candidate({ of: { name: "王建国", phone: "138****0001" } });
const HERS = { name: "李秀兰", phone: "139****0002" };
const SHE = candidate({ externalUserId: "wmLi", of: HERS });
const OTHER = candidate({ externalUserId: "wmOther", of: HERS });

const known = (over: Parameters<typeof match>[0]) =>
  pageModel({ match: { kind: "known", match: match(over), stale: false } });

Deno.test("a couple is put into the group together", async () => {
  const r = rig({ model: known({ candidates: [HE, SHE] }) });
  r.act.start();
  await r.act.create();
  await r.act.confirm();
  const [prepared] = r.of("group.prepare");
  assert.deepEqual(prepared?.customerExternalUserIds, ["wmWang", "wmLi"]);
});

Deno.test("of each customer one contact is chosen, and who is clear is chosen already", () => {
  const several = {
    status: "ambiguous",
    candidates: [HE, SHE, OTHER],
  } as const;
  const r = rig({ model: known({ ...several, candidates: [HE, SHE, OTHER] }) });
  r.act.start();
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
  r.act.choose("wmLi");
  assert.deepEqual(r.on("choosing").chosen, ["wmWang", "wmLi"]);
  r.act.choose("wmOther");
  assert.deepEqual(r.on("choosing").chosen, ["wmWang", "wmOther"]);
});

Deno.test("what is chosen stays when contacts are read again, beside who became clear", async () => {
  const several = { status: "ambiguous", candidates: [SHE, OTHER] } as const;
  const r = rig({
    model: known({ ...several, candidates: [SHE, OTHER] }),
    server: {
      "customer.match": () => ok(match({ candidates: [HE, SHE] })),
    },
  });
  r.act.start();
  r.act.choose("wmLi");
  await r.act["refresh-contacts"]();
  // Both are matched now, and nobody is left out.
  assert.deepEqual(r.on("choosing").chosen.toSorted(), ["wmLi", "wmWang"]);
});

Deno.test("who is chosen while contacts are read again stays chosen, also when it fails", async () => {
  const candidates = [SHE, OTHER];
  const several = known({ status: "ambiguous", candidates });
  for (const works of [true, false]) {
    const r = rig({ model: several });
    r.act.start();
    r.act.choose("wmLi");
    const { promise, resolve } = Promise.withResolvers<void>();
    r.server["customer.match"] = async () => {
      await promise;
      return works
        ? ok(match({ status: "ambiguous", candidates }))
        : no("WECOM_UNAVAILABLE");
    };
    const reading = r.act["refresh-contacts"]();
    await r.settle();
    r.act.choose("wmOther");
    resolve();
    await reading;
    assert.deepEqual(r.on("choosing").chosen, ["wmOther"]);
  }
});

Deno.test("customers without a name are told apart by their numbers", () => {
  const unnamed = (externalUserId: string, phone: string) =>
    candidate({ externalUserId, of: { name: "另一位客户", phone } });
  const candidates = [
    unnamed("wm1", "138****0001"),
    unnamed("wm2", "138****0001"),
    unnamed("wm3", "139****0002"),
  ];
  const r = rig({ model: known({ status: "ambiguous", candidates }) });
  r.act.start();
  assert.deepEqual(r.on("choosing").chosen, ["wm3"]);
  r.act.choose("wm1");
  assert.deepEqual(r.on("choosing").chosen, ["wm3", "wm1"]);
});

Deno.test("where there would be two people, a colleague has to be chosen first", async () => {
  const choices = [{ wxUserId: "sunli", name: "孙丽" }];
  const second = { why: "要再加一位同事", colleague: null, choices };
  const r = rig({
    server: { "group.preview": () => ok(preview({ second })) },
  });
  r.act.start();
  await r.act.create();
  await r.act.confirm();
  assert.equal(r.of("group.prepare").length, 0, "nobody was chosen");
  r.act.setSecond("sunli");
  await r.act.confirm();
  assert.equal(r.of("group.prepare")[0]?.secondColleague, "sunli");
});

Deno.test("the company's second colleague is chosen already, and goes along when the client is asked again", async () => {
  const colleague = { wxUserId: "sunli", name: "孙丽" };
  const second = { why: "要再加一位同事", colleague, choices: [colleague] };
  const r = rig({
    server: { "group.preview": () => ok(preview({ second })) },
  });
  const msg = "企业微信没有完成，请重试";
  r.client.createChat = () =>
    Promise.resolve({ ok: false, problem: { error: "CLIENT_REFUSED", msg } });
  r.act.start();
  await r.act.create();
  await r.act.confirm();
  await r.act.confirm();
  assert.deepEqual(
    r.of("group.prepare").map((one) => one.secondColleague),
    ["sunli", "sunli"],
  );
});

Deno.test("a group made by hand is offered when the page opens, and another one says that it is a second", async () => {
  const existing = {
    chatId: "wrHand",
    groupName: "王家装修群",
    linkable: true,
    createdAt: "2026-11-22T03:00:00.000Z",
    memberCount: 3,
    offer: { title: "已经有一个群了", text: "" },
  };
  const r = rig({ model: pageModel({ existing }) });
  r.act.start();
  assert.equal(r.on("existing").existing.chatId, "wrHand");
  r.server["group.preview"] = () => ok(preview({ existing }));
  await r.act.createAnother();
  assert.equal(r.on("confirming").force, true);
  r.act.cancel();
  assert.deepEqual(r.on("choosing").chosen, ["wmWang"]);
});
