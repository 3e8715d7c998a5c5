/** The demo company and the orders that go with it. */
import assert from "node:assert/strict";
import {
  demoOrders,
  demoStaff,
  grownOrders,
  grownStaff,
} from "../../lib/sandbox/mod.ts";
import { buildWorld } from "../../lib/sandbox/seed.ts";
import { rig, START } from "./rig.ts";

/** Digits as a person would compare them; not the product's way of doing it. */
const digits = (text: string) =>
  text.normalize("NFKC").replace(/^(\+86|0086)/, "").replace(
    /转.*$|-\d{3}$/,
    "",
  )
    .replace(/\D/g, "");

Deno.test("demo orders name people of the company, each once, with believable times", () => {
  const staff = new Map(demoStaff().map((one) => [one.wxUserId, one]));
  assert.ok(!staff.has("guoyi"));
  const orders = demoOrders();
  assert.ok(orders.length >= 30);
  assert.equal(
    new Set(orders.map((order) => order.orderId)).size,
    orders.length,
  );
  for (const order of orders) {
    assert.equal(
      staff.get(order.designerWxUserId)?.role,
      "designer",
      order.orderNo,
    );
    const manager = order.projectManagerWxUserId;
    if (manager !== undefined) assert.ok(staff.has(manager), order.orderNo);
    assert.ok(!Number.isNaN(Date.parse(order.createdAt)));
  }
});

Deno.test("the demo covers one, several, nobody and a colleague's customer", () => {
  const world = buildWorld({ kind: "demo" }, START);
  const owners = new Map<string, string[]>();
  for (const order of demoOrders()) {
    const wanted = digits(order.customerPhone);
    const found: string[] = [];
    for (const [userId, follows] of world.follows) {
      for (const follow of follows.values()) {
        if (follow.remarkMobiles.some((mobile) => digits(mobile) === wanted)) {
          found.push(userId);
        }
      }
    }
    owners.set(order.orderNo, found);
  }
  assert.deepEqual(owners.get("XH2611001"), ["chenjing"]);
  assert.deepEqual(owners.get("XH2611004"), ["chenjing"]);
  assert.deepEqual(owners.get("XH2611008"), ["chenjing"]);
  assert.deepEqual(owners.get("XH2611010"), ["chenjing"]);
  assert.deepEqual(owners.get("XH2611012"), ["chenjing", "chenjing"]);
  assert.equal(owners.get("XH2611013")?.length, 3);
  assert.deepEqual(owners.get("XH2611014"), []);
  assert.deepEqual(owners.get("XH2611015"), []);
  assert.deepEqual(owners.get("XH2611017"), ["wangqiang"]);
  assert.deepEqual(owners.get("XH2611018"), ["wangqiang"]);
  assert.equal(world.follows.get("chenjing")?.size, 60);
  assert.equal(world.follows.get("zhaomingyuan")?.size, 5000);
});

Deno.test("the same seed gives the same world, and ids are unique and shaped like WeCom's", () => {
  const first = buildWorld({ kind: "demo" }, START);
  assert.deepEqual(buildWorld({ kind: "demo" }, START), first);
  const ids = [...first.customers.keys(), ...first.chats.keys()];
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.match(id, /^(wm|wo|wr)[A-Za-z0-9_-]{30}$/);
});

Deno.test("a grown world has the contacts its orders ask for", async () => {
  const seed = {
    kind: "grown",
    designers: 3,
    contacts: 40,
    managers: 2,
  } as const;
  const { post } = rig({ seed });
  const orders = grownOrders(seed);
  assert.equal(orders.length, 120);
  assert.equal(grownStaff(seed).length, 5);
  const last = orders.at(-1);
  const answer = await post("externalcontact/batch/get_by_user", {
    userid_list: [last?.designerWxUserId],
    limit: 100,
  });
  const list = answer["external_contact_list"] as {
    follow_info: { remark_mobiles: string[] };
  }[];
  assert.ok(
    list.some((one) =>
      one.follow_info.remark_mobiles.includes(last?.customerPhone ?? "")
    ),
  );
});
