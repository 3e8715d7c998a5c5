/**
 * The company in the storm: designers with contacts (some of them with several
 * pages full), project managers who know part of the customers, and orders,
 * some of the same customer. A function of the seed alone.
 */
import type { Builder, WorldSeed } from "../../lib/sandbox/mod.ts";
import { mobileOf, personName } from "../../lib/sandbox/names.ts";
import type { Dice } from "./dice.ts";
import { drawPlan, type Plan, type Story } from "./plan.ts";

export interface StormOrder {
  orderId: string;
  designer: string;
  manager: string;
  customer: string;
  customerName: string;
  phone: string;
  plan: Plan;
  /** The chat that was made by hand before the storm. */
  handMade: string | null;
}

export interface Company {
  seed: WorldSeed;
  staff: { wxUserId: string; name: string; role: string }[];
  orders: StormOrder[];
  designers: string[];
  /** Who may have our record compared with WeCom. */
  operator: string;
  /** Groups in a page of a listing: an owner's fill more than one. */
  groupsAPage: number;
  /** Customer groups of people who have nothing to do with any order. */
  strangers: string[];
}

/** Of one designer, one after the other; fewer in a small company. */
const ORDERS_EACH = 20;
const FEWEST_EACH = 3;
const MANAGERS_EACH = 4;
const STRANGERS = 3;
const OPERATOR = "op0001";

export function createCompany(
  count: number,
  dice: Dice,
  story: Story | null = null,
): Company {
  const each = Math.min(ORDERS_EACH, Math.max(FEWEST_EACH, count / 15));
  const designers = ids("d", Math.ceil(count / each));
  const managers = ids("p", Math.ceil(designers.length / MANAGERS_EACH));
  const orders: StormOrder[] = [];
  const strangers: string[] = [];
  for (let n = 0; n < count; n++) {
    const own = dice.fork(`order ${n}`);
    const designer = designers[n % designers.length] ?? "";
    const before = orders[n - designers.length];
    // A customer who orders again, from the same designer.
    const again = before !== undefined && own.chance(0.03);
    const drawn = drawPlan(own, story);
    const plan = again ? { ...drawn, unmatched: before.plan.unmatched } : drawn;
    orders.push({
      orderId: `order-${n}`,
      designer,
      manager: again
        ? before.manager
        : managers[own.int(0, managers.length - 1)] ?? "",
      customer: again ? before.customer : "",
      customerName: again ? before.customerName : personName(n),
      phone: again ? before.phone : mobileOf(n),
      plan,
      handMade: null,
    });
  }
  return {
    designers,
    orders,
    strangers,
    operator: OPERATOR,
    groupsAPage: Math.ceil(each / 2),
    staff: [
      ...designers.map((id) => person(id, "设计师", "designer")),
      ...managers.map((id) => person(id, "经理", "project_manager")),
      person(OPERATOR, "运营", "operator"),
    ],
    seed: {
      kind: "built",
      build(builder) {
        build(builder, designers, managers, orders, dice);
        builder.staff({ userId: OPERATOR, name: "运营", storeName: "一店" });
        strangers.push(...groupsOfOthers(builder));
      },
    },
  };
}

/** Whoever draws the same has the same: people, orders and what each will do. */
export async function planDigest(company: Company): Promise<string> {
  const { staff, orders } = company;
  const bytes = new TextEncoder().encode(JSON.stringify({ staff, orders }));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex().slice(0, 16);
}

function build(
  builder: Builder,
  designers: string[],
  managers: string[],
  orders: StormOrder[],
  dice: Dice,
): void {
  for (const id of designers) {
    builder.staff({ userId: id, name: `设计师${id}`, storeName: "一店" });
  }
  for (const id of managers) {
    builder.staff({ userId: id, name: `经理${id}`, storeName: "一店" });
  }
  const known = new Map<string, string>();
  for (const order of orders) {
    const { designer, manager, phone, customerName, plan } = order;
    const met = known.get(phone);
    order.customer = met ?? builder.quickCustomer(customerName, phone);
    known.set(phone, order.customer);
    const relation = {
      externalUserId: order.customer,
      remark: customerName,
      remarkMobiles: plan.unmatched ? [] : [phone],
    };
    if (!met) builder.follows({ userId: designer, ...relation });
    // Without knowing the customer a manager cannot make the group.
    if (plan.manager !== "stays away" || plan.story === "watched") {
      builder.follows({ userId: manager, ...relation });
    }
  }
  designers.forEach((userId, index) => {
    const others = index % 4 === 0 ? 230 : index % 4 === 1 ? 110 : 15;
    for (let i = 0; i < others; i++) {
      const n = 100_000 + index * 300 + i;
      const mobile = mobileOf(n);
      const externalUserId = builder.quickCustomer(personName(n), mobile);
      const remarkMobiles = dice.chance(0.9) ? [mobile] : [];
      builder.follows({ userId, externalUserId, remarkMobiles });
    }
  });
  for (const order of orders) {
    if (order.plan.handMade === "none") continue;
    order.handMade = builder.chat({
      owner: order.designer,
      name: `${order.customerName}的群`,
      userIds: [order.manager],
      externalUserIds: [order.customer],
    });
  }
}

/** The groups of a salesman whom the ERP does not know. */
function groupsOfOthers(builder: Builder): string[] {
  const owner = "sales1";
  builder.staff({ userId: owner, name: "业务员", storeName: "二店" });
  return Array.from({ length: STRANGERS }, (_, n) => {
    const customer = builder.quickCustomer(`外人${n}`, mobileOf(900_000 + n));
    builder.follows({ userId: owner, externalUserId: customer });
    return builder.chat({
      owner,
      name: `外人${n}的群`,
      userIds: [],
      externalUserIds: [customer],
    });
  });
}

function ids(letter: string, count: number): string[] {
  return Array.from(
    { length: count },
    (_, n) => `${letter}${String(n + 1).padStart(4, "0")}`,
  );
}

function person(wxUserId: string, title: string, role: string) {
  return { wxUserId, name: `${title}${wxUserId}`, role };
}
