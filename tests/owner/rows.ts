/** Rows of a company, of the demo, and what a refused process says. */
import assert from "node:assert/strict";
import { Secret } from "../../lib/config/mod.ts";
import { storeNumber } from "../../lib/contacts/number.ts";
import type { FurtherCustomer } from "../../lib/orders/customers.ts";
import { storeOrderNumber } from "../../lib/orders/number.ts";
import { OwnerError } from "../../lib/owner/error.ts";
import type { Owner } from "../../lib/owner/owner.ts";
import { demoOrders, demoStaff } from "../../lib/sandbox/seed.ts";
import type { Sql } from "../../lib/store/database.ts";
import { createVault, type Vault } from "../../lib/store/vault.ts";

export const OLD = new Secret("old-key-0123456789-ABCDEFGHIJKLMN");
export const NEW = new Secret("new-key-0123456789-ABCDEFGHIJKLMN");
export const VAULT = createVault(OLD);
export const COMPANY: Owner = {
  mode: "wecom",
  corpId: "ww1",
  database: "DATABASE_URL",
};
export const OTHER: Owner = { ...COMPANY, corpId: "ww2" };
export const SANDBOX: Owner = {
  mode: "sandbox",
  corpId: "wwsandbox00000000",
  database: "DATABASE_URL",
};
const AT = new Date("2026-11-20T01:00:00Z");

/** What a process says that does not start; null when it does. */
export async function refusal(work: Promise<void>) {
  try {
    await work;
    return null;
  } catch (error) {
    assert.ok(error instanceof OwnerError, String(error));
    const { part, problems } = error;
    return { part, name: problems[0]?.name, problem: problems[0]?.problem };
  }
}

export async function addStaff(sql: Sql, wxUserId: string): Promise<void> {
  const row = { wxUserId, name: "员工", role: "designer", updatedAt: AT };
  await sql`insert into staff ${sql(row)}`;
}

export async function addOrder(
  sql: Sql,
  orderId: string,
  { vault = VAULT, text = "13812348000", further = [] }: {
    vault?: Vault;
    text?: string;
    further?: FurtherCustomer[];
  } = {},
): Promise<void> {
  await sql`insert into customer_order ${
    sql({
      orderId,
      orderNo: orderId.replace(/^demo-/, "").toUpperCase(),
      customerName: "王女士",
      ...storeOrderNumber(vault, orderId, text, further),
      designerWxUserId: "d1",
      createdAt: AT,
      updatedAt: AT,
    })
  }`;
}

export async function addDemo(sql: Sql): Promise<void> {
  for (const { wxUserId } of demoStaff()) await addStaff(sql, wxUserId);
  for (const { orderId } of demoOrders()) await addOrder(sql, orderId);
}

export async function addGroup(sql: Sql): Promise<void> {
  const row = {
    chatId: "wr1",
    name: "群",
    owner: "d1",
    createdAt: AT,
    syncedAt: AT,
  };
  await sql`insert into chat ${sql(row)}`;
}

/** A contact with a number in it, as this member of staff follows it. */
export async function addContact(
  sql: Sql,
  externalUserId: string,
  number: string,
  { vault = VAULT, wxUserId = "d1" } = {},
): Promise<void> {
  await sql`insert into contact ${
    sql({ externalUserId, name: "客户", type: "wechat", updatedAt: AT })
  } on conflict do nothing`;
  await sql`insert into contact_follow ${
    sql({
      wxUserId,
      externalUserId,
      remark: "",
      addedAt: AT,
      seenInRun: 1,
      updatedAt: AT,
    })
  } on conflict do nothing`;
  const row = {
    wxUserId,
    ...storeNumber(vault, externalUserId, { number, shared: false }),
  };
  await sql`insert into contact_phone ${sql(row)}`;
}
