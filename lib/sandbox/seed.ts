/**
 * Starting worlds: the demo company, an empty one, or one grown to any size.
 * All are functions of their parameters alone, so that a test, a restart and
 * the ERP side of the demo agree on every id and number.
 */
import { Builder } from "./builder.ts";
import { homeOf, mobileOf, personName } from "./names.ts";
import { ORDERS } from "./seed_orders.ts";
import { STAFF } from "./seed_staff.ts";
import type { WorldState } from "./types.ts";

/** 2026-11-01 09:00 in China: everything seeded happened before. */
export const SEED_EPOCH = Date.UTC(2026, 10, 1, 1);
const DAY = 86_400_000;

export type WorldSeed =
  | { kind: "demo" }
  | { kind: "empty"; salt?: number }
  /** Designers `d0001`… with `contacts` each, project managers `p0001`…. */
  | {
    kind: "grown";
    designers: number;
    contacts: number;
    managers?: number;
    salt?: number;
  }
  | { kind: "built"; build(builder: Builder): void; salt?: number };

/** Staff as the ERP pushes them. */
export interface DemoStaff {
  wxUserId: string;
  name: string;
  role: "designer" | "project_manager" | "operator" | "admin";
  storeName: string;
}

/** Orders as the ERP pushes them. */
export interface DemoOrder {
  orderId: string;
  orderNo: string;
  customerName: string;
  customerPhone: string;
  further?: readonly { name: string; phone: string }[];
  designerWxUserId: string;
  projectManagerWxUserId?: string;
  storeName: string;
  /** ISO 8601 UTC. */
  createdAt: string;
}

export function buildWorld(seed: WorldSeed, now: number): WorldState {
  // A test may live in another time than the demo: then the past is before that.
  const epoch = Math.min(SEED_EPOCH, now - DAY);
  switch (seed.kind) {
    case "demo":
      return demo(epoch);
    case "empty":
      return new Builder(seed.salt ?? 2, epoch).state;
    case "grown":
      return grown(seed, epoch);
    case "built": {
      const builder = new Builder(seed.salt ?? 3, epoch);
      seed.build(builder);
      return builder.state;
    }
  }
}

function demo(epoch: number): WorldState {
  const world = new Builder(1, epoch);
  for (const staff of STAFF) world.staff(staff);
  fill(world, "zhaomingyuan", 4998, 20_000);
  ORDERS.forEach((order, index) => {
    const known = new Map<string, string>();
    const externalUserIds: string[] = [];
    for (const { of, name, remark, mobiles } of order.contacts) {
      const externalUserId = known.get(name) ?? world.customer({
        name,
        gender: index % 3 === 0 ? 1 : 2,
        mobile: mobiles[0] ?? order.customerPhone,
        scenario: `订单 ${order.orderNo} 的客户`,
      });
      known.set(name, externalUserId);
      externalUserIds.push(externalUserId);
      world.follows({
        userId: of,
        externalUserId,
        remark: remark ?? name,
        remarkMobiles: mobiles,
        addWay: 1 + index % 2,
      }, 40 - index);
    }
    if (order.contacts.length === 0) {
      world.customer({
        name: order.customerName,
        mobile: order.customerPhone,
        scenario: `订单 ${order.orderNo} 的客户，还没有加任何人`,
      });
    }
    if (order.group) {
      world.chat({
        owner: order.designer,
        name: order.group,
        userIds: order.manager ? [order.manager] : [],
        externalUserIds: externalUserIds.slice(0, 1),
      });
    }
  });
  fill(
    world,
    "chenjing",
    59 - (world.state.follows.get("chenjing")?.size ?? 0),
    40_000,
  );
  fill(world, "wangqiang", 18, 41_000);
  fill(world, "hejun", 12, 42_000);
  fill(world, "wupeng", 6, 43_000);
  for (
    const [index, [externalUserId, follow]] of [
      ...world.state.follows.get("wupeng") ?? [],
    ].entries()
  ) {
    if (index === 0 || index > 3) continue; // the first has its group from the orders
    const name = `${follow.remark.split(" ")[0] ?? "客户"}-服务群`;
    world.chat({
      owner: "wupeng",
      name,
      userIds: ["wangqiang"],
      externalUserIds: [externalUserId],
    });
  }
  const partner = world.customer({
    name: "钱经理",
    type: 2,
    corpName: "华东建材供应链",
    scenario: "别家公司的企业微信用户",
  });
  world.follows({
    userId: "chenjing",
    externalUserId: partner,
    remark: "钱经理 建材",
  });
  world.departed("wupeng", 5);
  return world.state;
}

/** `count` customers who are nobody's order, numbered from `first`. */
function fill(
  world: Builder,
  userId: string,
  count: number,
  first: number,
): void {
  for (let i = 0; i < count; i++) {
    const n = first + i;
    const name = personName(n);
    const mobile = mobileOf(n);
    const externalUserId = world.quickCustomer(name, mobile);
    world.follows({
      userId,
      externalUserId,
      remark: `${name} ${homeOf(n)}`.slice(0, 20),
      remarkMobiles: i % 9 === 8 ? [] : [mobile],
      addWay: 1,
    }, 60 + i % 300);
  }
}

const code = (letter: string, n: number) =>
  `${letter}${String(n).padStart(4, "0")}`;

/** Number of the i-th contact (0…) of the n-th designer (1…) of a grown world. */
export function grownMobile(designer: number, contact: number): string {
  return mobileOf((designer - 1) * 5000 + contact);
}

function grown(
  seed: Extract<WorldSeed, { kind: "grown" }>,
  epoch: number,
): WorldState {
  const world = new Builder(seed.salt ?? 4, epoch);
  for (let n = 1; n <= (seed.managers ?? 1); n++) {
    world.staff({
      userId: code("p", n),
      name: `经理${n}`,
      role: "project_manager",
      storeName: "一店",
    });
  }
  for (let n = 1; n <= seed.designers; n++) {
    const userId = code("d", n);
    world.staff({
      userId,
      name: `设计师${n}`,
      role: "designer",
      storeName: "一店",
    });
    for (let i = 0; i < seed.contacts; i++) {
      const mobile = grownMobile(n, i);
      const externalUserId = world.quickCustomer(personName(i), mobile);
      world.follows({ userId, externalUserId, remarkMobiles: [mobile] });
    }
  }
  return world.state;
}

/** One order for each contact of each designer, at most `limit`. */
export function grownOrders(
  seed: Extract<WorldSeed, { kind: "grown" }>,
  limit = Infinity,
): DemoOrder[] {
  const orders: DemoOrder[] = [];
  for (let i = 0; i < seed.contacts; i++) {
    for (let n = 1; n <= seed.designers; n++) {
      if (orders.length >= limit) return orders;
      orders.push({
        orderId: `g${n}-${i}`,
        orderNo: `G${n}-${i}`,
        customerName: personName(i),
        customerPhone: grownMobile(n, i),
        designerWxUserId: code("d", n),
        projectManagerWxUserId: code("p", 1 + n % (seed.managers ?? 1)),
        storeName: "一店",
        createdAt: new Date(SEED_EPOCH).toISOString(),
      });
    }
  }
  return orders;
}

/** Staff of a grown world as the ERP pushes them. */
export function grownStaff(
  seed: Extract<WorldSeed, { kind: "grown" }>,
): DemoStaff[] {
  const people = [
    ...grown({ ...seed, contacts: 0 }, SEED_EPOCH).staff.values(),
  ];
  return people.map(({ userId, name, role, storeName }) => ({
    wxUserId: userId,
    name,
    role: role === "other" ? "designer" : role,
    storeName,
  }));
}

/** The ERP's staff list for the demo company; members who are no staff of ours are not in it. */
export function demoStaff(): DemoStaff[] {
  return STAFF.flatMap(({ userId, name, role = "designer", storeName = "" }) =>
    role === "other" ? [] : [{ wxUserId: userId, name, role, storeName }]
  );
}

/** About thirty orders, one situation each (see seed_orders.ts); newest first. */
export function demoOrders(newest = SEED_EPOCH): DemoOrder[] {
  return ORDERS.map((order, index) => ({
    orderId: `demo-${order.orderNo.toLowerCase()}`,
    orderNo: order.orderNo,
    customerName: order.customerName,
    customerPhone: order.customerPhone,
    ...(order.further ? { further: order.further } : {}),
    designerWxUserId: order.designer,
    ...(order.manager ? { projectManagerWxUserId: order.manager } : {}),
    storeName: order.storeName,
    createdAt: new Date(newest - index * 7_200_000)
      .toISOString(),
  }));
}
