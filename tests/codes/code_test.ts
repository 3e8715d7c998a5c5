/**
 * The order's own code in WeCom: one for each person, made once, and gone when
 * nobody needs it, whatever WeCom answers meanwhile.
 */
import assert from "node:assert/strict";
import { workOff } from "../../lib/schedule.ts";
import { runNight } from "../../lib/reconcile/run_night.ts";
import { order, prepare, pushAll } from "../support/company.ts";
import {
  codesIn,
  makeGroup,
  MINUTE,
  type Scene,
  withScene,
} from "./support.ts";

const ADD = "externalcontact/add_contact_way";
const DELETE = "externalcontact/del_contact_way";

async function audited({ app }: Scene): Promise<string[]> {
  const rows = await app.services.sql<{ told: string }[]>`
    select actor || ' ' || outcome || ' ' || order_id as told from audit_log
    where action = 'customer.code' order by audit_id`;
  return rows.map((row) => row.told);
}

Deno.test("Taps at once make one code, and it is the same afterwards", () =>
  withScene(async (scene) => {
    const { world } = scene;
    world.settings.latencyMs = 50;
    const codes = await Promise.all([1, 2, 3].map(() => scene.code()));
    codes.push(await scene.code("D1"), await scene.code("op"));
    assert.equal(new Set(codes.map((one) => one.state)).size, 1);
    assert.equal(new Set(codes.map((one) => one.qrCode)).size, 1);
    assert.equal(world.calls.count(ADD), 1);
    const [way] = world.state.ways.values();
    assert.deepEqual([way?.userIds, way?.skipVerify, way?.remark], [
      ["d1"],
      true,
      "订单 SO-001",
    ]);
    const p1 = await scene.code("p1");
    assert.notEqual(p1.state, codes[0]?.state);
    assert.deepEqual(await audited(scene), [
      ...Array(3).fill("d1 done O1"),
      "D1 done O1",
      "op done O1",
      "p1 done O1",
    ]);
    const stranger = await scene.app.as("d2")
      .flow("customer.code", { orderId: "O1" });
    assert.equal(stranger.error, "ORDER_NOT_FOUND");
    assert.ok(!scene.app.logText().includes(p1.state));
  }));

Deno.test("The codes go when the order has its group, also if WeCom was down then", () =>
  withScene(async (scene) => {
    const { app, world } = scene;
    const { state } = await scene.code();
    await scene.code("p1");
    const id = scene.adds(state, "王女士");
    await scene.deliver();
    await workOff.run(app.services);
    assert.equal(codesIn(scene).length, 2, "needed still");
    await makeGroup(scene, await prepare(app, id), id);
    const again = await app.as("d1").flow("customer.code", { orderId: "O1" });
    assert.equal(again.error, "GROUP_ALREADY_EXISTS");
    world.down = true;
    await workOff.run(app.services);
    const failed = world.calls.count(DELETE);
    assert.ok(failed > 0);
    await workOff.run(app.services);
    assert.equal(world.calls.count(DELETE), failed, "not before a pause");
    assert.equal(codesIn(scene).length, 2);
    world.down = false;
    scene.later(5 * MINUTE);
    await workOff.run(app.services);
    assert.deepEqual(codesIn(scene), []);
    const done = world.calls.count(DELETE);
    scene.later(24 * 60 * MINUTE);
    await workOff.run(app.services);
    assert.equal(world.calls.count(DELETE), done, "nothing is left to do");
  }));

Deno.test("A code that was deleted and not told is deleted no second time for ever", () =>
  withScene(async (scene) => {
    const { app, world } = scene;
    await scene.code();
    await pushAll(app, [order({ customerPhone: "13700000055" })]);
    world.faults.add({
      endpoint: DELETE,
      kind: { type: "http", status: 404 },
      phase: "after",
      times: 1,
    });
    await workOff.run(app.services);
    assert.deepEqual(codesIn(scene), []);
    scene.later(5 * MINUTE);
    await workOff.run(app.services);
    scene.later(24 * 60 * MINUTE);
    await workOff.run(app.services);
    assert.equal(world.calls.count(DELETE), 2);
  }));

Deno.test("A code whose answer was lost is asked for once, found by its state and deleted", () =>
  withScene(async (scene) => {
    const { app, world } = scene;
    const other = await scene.code("p1");
    for (const kind of [{ type: "close" }, { type: "garbage" }] as const) {
      world.faults.add({ endpoint: ADD, kind, phase: "after", times: 1 });
      const lost = await app.as("d1").flow("customer.code", { orderId: "O1" });
      assert.equal(lost.error, "WECOM_UNAVAILABLE");
    }
    assert.equal(world.calls.count(ADD), 3);
    assert.equal(codesIn(scene).length, 3);
    const { state } = await scene.code();
    scene.later(5 * MINUTE);
    await workOff.run(app.services);
    assert.deepEqual(codesIn(scene).sort(), [other.state, state].sort());
  }));

Deno.test("A code that WeCom refuses leaves nothing to look for", () =>
  withScene(async (scene) => {
    const { app, world } = scene;
    world.staffRights({ userId: "d1", canContact: false });
    const refused = await app.as("d1").flow("customer.code", {
      orderId: "O1",
    });
    assert.equal(refused.error, "NO_CUSTOMER_CONTACT_PERMISSION");
    assert.deepEqual(await audited(scene), ["d1 refused O1"]);
    world.staffRights({ userId: "d1", canContact: true });
    await scene.code();
    assert.equal(codesIn(scene).length, 1);
    scene.later(5 * MINUTE);
    await workOff.run(app.services);
    assert.equal(world.calls.count("externalcontact/list_contact_way"), 0);
  }));

Deno.test("A question that was cut by the end of its process is made good by the next tap", () =>
  withScene(async (scene) => {
    const { app } = scene;
    await app.services.sql`
      insert into order_code (state, order_id, user_key, begun_at) values (
        'oc0123456789abcdef0123456789', 'O1', 'd1',
        ${new Date(app.services.now())})`;
    scene.later(MINUTE);
    await scene.code();
    assert.equal(codesIn(scene).length, 1);
  }));

Deno.test("Who the order was handed to has a code of their own, and the former one goes", () =>
  withScene(async (scene) => {
    const { app } = scene;
    const { state } = await scene.code();
    const manager = await scene.code("p1");
    scene.adds(state, "王女士");
    await scene.deliver();
    await pushAll(app, [order({ designerWxUserId: "d2" })]);
    assert.equal((await scene.match("d2")).status, "none");
    const own = await scene.code("d2");
    assert.notEqual(own.state, state);
    scene.adds(own.state, "王女士");
    await scene.deliver();
    const { status, found } = await scene.match("d2");
    assert.deepEqual([status, found], ["matched", [["王女士", "code"]]]);
    scene.later(5 * MINUTE);
    await runNight(app.services, "nightly");
    assert.deepEqual(
      codesIn(scene).sort(),
      [own.state, manager.state].sort(),
    );
  }));
