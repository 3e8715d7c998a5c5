/**
 * A small company on both sides: the staff and orders that the ERP pushes, and
 * who of them follows whom in WeCom.
 */
import assert from "node:assert/strict";
import { push, type TestApp, withApp } from "./app.ts";
import { stubEnv, type StubWecom, withStub } from "./stub_wecom.ts";
import type { WorldSeed } from "../../lib/sandbox/mod.ts";

export const PHONE = "13812348000";

export const STAFF = [
  { wxUserId: "d1", name: "陈设计", role: "designer" },
  { wxUserId: "d2", name: "周设计", role: "designer" },
  { wxUserId: "p1", name: "吴经理", role: "project_manager" },
  { wxUserId: "op", name: "运营", role: "operator" },
  { wxUserId: "ad", name: "管理", role: "admin" },
] as const;

export function order(over: Record<string, unknown> = {}) {
  return {
    orderId: "O1",
    orderNo: "SO-001",
    customerName: "王女士",
    customerPhone: PHONE,
    designerWxUserId: "d1",
    projectManagerWxUserId: "p1",
    storeName: "滨江店",
    createdAt: "2026-11-20T02:00:00Z",
    ...over,
  };
}

/** Pushes staff and orders as the ERP does. */
export async function pushAll(
  app: TestApp,
  orders: Record<string, unknown>[] = [order()],
): Promise<void> {
  for (
    const [path, body] of [["staff", { staff: STAFF }], ["orders", {
      orders,
    }]] as const
  ) {
    const response = await push(app, path, body);
    assert.equal(response.status, 200, await response.text());
  }
}

/** The company in the sandbox; `ids` are filled while it is built. */
export function world(
  customers: { of: string; name: string; remarkMobiles?: string[] }[] = [
    { of: "d1", name: "王女士", remarkMobiles: [PHONE] },
  ],
): { seed: WorldSeed; ids: string[] } {
  const ids: string[] = [];
  return {
    ids,
    seed: {
      kind: "built",
      build(builder) {
        ids.length = 0;
        for (const one of STAFF) {
          builder.staff({ userId: one.wxUserId, name: one.name });
        }
        for (const { of, name, remarkMobiles = [] } of customers) {
          const externalUserId = builder.customer({ name });
          builder.follows({ userId: of, externalUserId, remarkMobiles });
          ids.push(externalUserId);
        }
      },
    },
  };
}

export interface StubbedApp {
  app: TestApp;
  stub: StubWecom;
}

/** The app in front of the stub, with staff and one order; d1 follows wm1. */
export async function withStubbedApp<T>(
  fn: (stubbed: StubbedApp) => Promise<T>,
  env: Record<string, string> = {},
): Promise<T> {
  return await withStub(async (stub, base) => {
    stub.follow("d1", "wm1", "王女士", [PHONE]);
    return await withApp(
      { env: { ...stubEnv(stub, base), ...env } },
      async (app) => {
        await pushAll(app);
        return await fn({ app, stub });
      },
    );
  });
}

/**
 * What the customer's group of order O1 is made of: previewed, then prepared, as
 * one page of d1's does.
 */
export async function prepare(
  app: TestApp,
  customer: string,
  as = "d1",
  orderId = "O1",
) {
  const wish = { orderId, customerExternalUserId: customer };
  const preview = await app.as(as).flow("group.preview", wish);
  assert.equal(preview.status, 200, JSON.stringify(preview));
  const attempt = `page-of-${as.toLowerCase()}`;
  const answer = await app.as(as).flow("group.prepare", { ...wish, attempt });
  assert.equal(answer.status, 200, JSON.stringify(answer));
  const data = answer.data as {
    intentId: string;
    groupName: string;
    userIds: string[];
    externalUserIds: string[];
  };
  return data;
}
