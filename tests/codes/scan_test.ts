/**
 * Who scans the order's own code is proposed as its customer: without a number,
 * whatever of WeCom's events comes, and until a person decides otherwise.
 */
import assert from "node:assert/strict";
import { order, PHONE, prepare, pushAll } from "../support/company.ts";
import { makeGroup, MINUTE, withScene } from "./support.ts";

const NOBODY = { status: "none", found: [], followers: [] };

Deno.test("A stranger scans, the designer confirms, and the page has its customer without any number", () =>
  withScene(async (scene) => {
    const { app, world } = scene;
    assert.deepEqual(await scene.match(), NOBODY);
    const { state, qrCode } = await scene.code();
    assert.match(qrCode, /\/sandbox\/qr\/.+\.svg$/);
    assert.ok(state.length <= 30 && !/O1|SO-001/.test(state));
    const { id } = scene.scans(state, "王女士本人");
    await scene.deliver();
    assert.deepEqual(await scene.match(), { ...NOBODY, half: true });
    // It is this designer who has to confirm.
    assert.deepEqual(await scene.match("p1"), NOBODY);
    world.staffConfirmsContact({ userId: "d1", externalUserId: id });
    await scene.deliver();
    const before = world.calls.count();
    assert.deepEqual(await scene.match(), {
      status: "matched",
      found: [["王女士本人", "code"]],
      followers: [],
    });
    const list = await app.as("d1").flow("orders.list");
    const [listed] = list.data.orders as { matchState: string }[];
    assert.equal(listed?.matchState, "matched");
    assert.equal(world.calls.count(), before, "nothing is asked of WeCom");
    const p1 = await scene.match("p1");
    assert.deepEqual(p1.followers, ["d1"]);
    await makeGroup(scene, await prepare(app, id), id);
    assert.deepEqual(
      world.state.follows.get("d1")?.get(id)?.remarkMobiles,
      [],
    );
    assert.equal(world.calls.count("externalcontact/remark"), 0);
  }));

Deno.test("Of two who scanned a person is asked, and the choice holds whoever scans later", () =>
  withScene(async (scene) => {
    const { state } = await scene.code();
    scene.later(MINUTE);
    const first = scene.adds(state, "王女士");
    scene.later(MINUTE);
    scene.adds(state, "邻居");
    await scene.deliver();
    assert.deepEqual(await scene.match(), {
      status: "ambiguous",
      found: [["邻居", "code"], ["王女士", "code"]],
      followers: [],
    });
    const answer = await scene.app.as("d1").flow("customer.link", {
      orderId: "O1",
      externalUserId: first,
      writeNumber: false,
    });
    assert.equal(answer.status, 200);
    scene.adds(state, "又一位");
    await scene.deliver();
    const { status, found } = await scene.match();
    assert.deepEqual([status, found], ["matched", [["王女士", "hand"]]]);
  }));

Deno.test("A scan and a number that name two people are a question, and one answer if they name one", () =>
  withScene(async (scene) => {
    const { world } = scene;
    const { state } = await scene.code();
    const id = scene.adds(state, "王女士");
    await scene.deliver();
    const spouse = world.customerAppears({ name: "先生" });
    world.staffAddsContact({
      userId: "d1",
      externalUserId: spouse,
      remarkMobiles: [PHONE],
    });
    await scene.deliver();
    const { status, found } = await scene.match();
    assert.equal(status, "ambiguous");
    assert.deepEqual(found.toSorted(), [["先生", "number"], [
      "王女士",
      "code",
    ]]);
    world.staffDeletesContact({ userId: "d1", externalUserId: spouse });
    world.staffEditsRemark({
      userId: "d1",
      externalUserId: id,
      remarkMobiles: [PHONE],
    });
    await scene.deliver();
    const one = await scene.match();
    assert.deepEqual([one.status, one.found], [
      "matched",
      [["王女士", "number"]],
    ]);
  }));

Deno.test("A scan whose events were lost is found by a refresh, and by the night", async () => {
  for (const heal of ["refresh", "night"] as const) {
    await withScene(async (scene) => {
      await scene.match();
      const { state } = await scene.code();
      scene.adds(state, "王女士");
      scene.lose();
      assert.equal((await scene.match()).status, "none");
      if (heal === "night") {
        scene.later(24 * 60 * MINUTE);
        await scene.app.services.reconciler.run("nightly");
      }
      const refresh = heal === "refresh";
      const { status, found } = await scene.match("d1", { refresh });
      assert.deepEqual([status, found], ["matched", [["王女士", "code"]]]);
    });
  }
});

Deno.test("Events that come late and the wrong way round leave nobody waiting", () =>
  withScene(async (scene) => {
    const { state } = await scene.code();
    const { id } = scene.scans(state, "王女士");
    scene.lose();
    scene.later(MINUTE);
    scene.world.staffConfirmsContact({ userId: "d1", externalUserId: id });
    await scene.deliver();
    const { now } = scene.app.services;
    await scene.push("add_half_external_contact", id, now() - MINUTE, state);
    await scene.deliver();
    const { status, found, half } = await scene.match();
    assert.deepEqual([status, found, half], [
      "matched",
      [["王女士", "code"]],
      undefined,
    ]);
    scene.world.staffDeletesContact({ userId: "d1", externalUserId: id });
    await scene.deliver();
    assert.deepEqual(await scene.match(), NOBODY);
  }));

Deno.test("Who had deleted the designer and scans is proposed, though WeCom shows the way of long ago", () =>
  withScene(async (scene) => {
    const { world } = scene;
    const id = world.customerAppears({ name: "王女士" });
    const relation = { userId: "d1", externalUserId: id };
    world.customerAddsStaff({ ...relation, state: "渠道-三月" });
    world.customerDeletesStaff(relation);
    await scene.deliver();
    const { state } = await scene.code();
    const [way] = world.state.ways.values();
    assert.ok(way);
    world.customerScansContactWay({
      configId: way.configId,
      externalUserId: id,
    });
    world.staffConfirmsContact(relation);
    assert.notEqual(world.state.follows.get("d1")?.get(id)?.state, state);
    await scene.deliver();
    const { status, found } = await scene.match();
    assert.deepEqual([status, found], ["matched", [["王女士", "code"]]]);
  }));

Deno.test("Nobody waits any more whom the designer turned away", () =>
  withScene(async (scene) => {
    const { state } = await scene.code();
    const { id } = scene.scans(state, "路过的人");
    await scene.deliver();
    assert.equal((await scene.match()).half, true);
    scene.later(MINUTE);
    const { now } = scene.app.services;
    await scene.push("del_external_contact", id, now());
    await scene.deliver();
    assert.deepEqual(await scene.match(), NOBODY);
  }));

Deno.test("The state of another code, or of another's, proposes nobody", () =>
  withScene(async (scene) => {
    const { world } = scene;
    const { state } = await scene.code("p1");
    const foreign = [
      "渠道-三月",
      "oc00000000000000000000000000",
      // A code of p1's adds p1.
      state,
    ];
    for (const [n, state] of foreign.entries()) {
      const externalUserId = world.customerAppears({ name: `客户${n}` });
      world.customerAddsStaff({ userId: "d1", externalUserId, state });
    }
    await scene.deliver();
    assert.deepEqual(await scene.match("d1", { refresh: true }), NOBODY);
    // And p1's own code proposes for p1.
    scene.adds(state, "王女士");
    await scene.deliver();
    const p1 = await scene.match("p1");
    assert.deepEqual([p1.status, p1.found], ["matched", [["王女士", "code"]]]);
    const d1 = await scene.match("d1");
    assert.deepEqual([d1.status, d1.followers], ["none", ["p1"]]);
  }));

Deno.test("An order with other numbers has another customer, and another code", () =>
  withScene(async (scene) => {
    const { state } = await scene.code();
    scene.adds(state, "王女士");
    await scene.deliver();
    await pushAll(scene.app, [order({ customerName: "王太太" })]);
    const renamed = await scene.match();
    assert.deepEqual([renamed.status, renamed.found], [
      "ambiguous",
      [["王女士", "code"]],
    ]);
    assert.equal((await scene.code()).state, state);
    await pushAll(scene.app, [order({ customerPhone: "13700000055" })]);
    assert.equal((await scene.match()).status, "none");
    const next = await scene.code();
    assert.notEqual(next.state, state);
    scene.adds(next.state, "新客户");
    await scene.deliver();
    assert.deepEqual((await scene.match()).found, [["新客户", "code"]]);
  }));
