/**
 * A company, the services over a real database, and a clock that the test
 * moves: no routes, no build. Further instances share database and company.
 */
import assert from "node:assert/strict";
import { readConfig } from "../../lib/config/mod.ts";
import { createServices, type Services } from "../../lib/services.ts";
import {
  createSandbox,
  demoStaff,
  type Sandbox,
  type WorldSeed,
} from "../../lib/sandbox/mod.ts";
import type { Intent } from "../../lib/groups/intent.ts";
import type { Order } from "../../lib/orders/order.ts";
import type { Actor } from "../../lib/staff/actor.ts";
import { withDatabase } from "../support/database.ts";

export interface Company {
  services: Services;
  sandbox: Sandbox;
  clock: { now: number };
  databaseUrl: string;
  /** Another instance on the same database. */
  another(): Promise<Services>;
}

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;
/** 2026-11-20 09:00 in China. */
const MORNING = Date.UTC(2026, 10, 20, 1);

export async function withCompany(
  seed: WorldSeed,
  fn: (company: Company) => Promise<void>,
): Promise<void> {
  await withDatabase(async (database) => {
    const dataDir = await Deno.makeTempDir({ prefix: "reconcile-" });
    const clock = { now: MORNING };
    const now = () => clock.now;
    const log = () => {};
    const env: Record<string, string> = {
      SANDBOX: "1",
      DATABASE_URL: database.url,
      KV_PATH: ":memory:",
      DATA_DIR: dataDir,
      SESSION_SECRET: "session-secret-for-tests-0123456789abcdef",
      DATA_KEY: "data-key-for-tests-0123456789abcdef0123",
    };
    const config = readConfig((name) => env[name]);
    const sandbox = createSandbox({
      now,
      random: Math.random,
      log,
      publicOrigin: config.publicOrigin,
      corpId: config.wecom.corpId,
      agentId: config.wecom.agentId,
      secret: config.wecom.secret.reveal(),
      seed,
    });
    const open: Services[] = [];
    const another = async () => {
      const services = await createServices(config, { log, now, sandbox });
      open.push(services);
      // The demo's own staff and orders are not of this company.
      const { sql } = services;
      const demo = demoStaff().map((one) => one.wxUserId);
      await sql`delete from customer_order where order_id like 'demo-%'`;
      await sql`delete from staff where wx_user_id in ${sql(demo)}`;
      return services;
    };
    try {
      const services = await another();
      await fn({
        services,
        sandbox,
        clock,
        databaseUrl: database.url,
        another,
      });
    } finally {
      for (const services of open) await services.close();
      await Deno.remove(dataDir, { recursive: true });
    }
  });
}

/** A designer with two customers, a project manager, one order. */
export const SMALL: WorldSeed = {
  kind: "built",
  build(world) {
    world.staff({ userId: "li", name: "李设计" });
    world.staff({ userId: "wang", name: "王经理", role: "project_manager" });
    world.staff({ userId: "zhao", name: "赵经理", role: "project_manager" });
    for (const name of ["陈女士", "周先生"]) {
      const externalUserId = world.customer({ name });
      world.follows({
        userId: "li",
        externalUserId,
        remarkMobiles: ["13800000001"],
      });
    }
  },
};

export const LI: Actor = {
  wxUserId: "li",
  name: "李设计",
  role: "designer",
  storeName: null,
};

/** Pushes staff and the order; answers the order and its customer. */
export async function withOrder(
  { services, sandbox }: Company,
): Promise<{ order: Order; customer: string; other: string }> {
  await services.staff.upsert({
    staff: [
      { wxUserId: "li", name: "李设计", role: "designer" },
      { wxUserId: "wang", name: "王经理", role: "project_manager" },
      { wxUserId: "zhao", name: "赵经理", role: "project_manager" },
    ],
  });
  await services.orders.upsert([{
    orderId: "o1",
    customerName: "陈女士",
    customerPhone: "13800000001",
    designerWxUserId: "li",
    projectManagerWxUserId: "wang",
  }]);
  const [customer, other] = [...sandbox.world.state.customers.keys()];
  assert.ok(customer && other);
  return { order: await services.orders.get("o1"), customer, other };
}

/** Previews and prepares, as the page does before it asks the client. */
export async function prepared(
  { services }: Company,
  order: Order,
  customer: string,
): Promise<Intent> {
  const wish = {
    customers: [customer] as const,
    attempt: crypto.randomUUID(),
  };
  await services.groups.preview(LI, order, wish);
  const prepared = await services.groups.prepare(LI, order, wish);
  assert.equal(prepared.kind, "intent");
  assert.ok(prepared.kind === "intent");
  return prepared.intent;
}

/** What openEnterpriseChat does with a prepared intent. */
export function createAsPrepared(
  { sandbox }: Company,
  intent: Intent,
): string {
  return sandbox.world.staffCreatesChat({
    userId: intent.createdBy,
    groupName: intent.groupName,
    userIds: intent.userIds,
    externalUserIds: intent.externalUserIds,
  });
}
