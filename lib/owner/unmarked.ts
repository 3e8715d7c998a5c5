/**
 * A database from before there were marks. The demo's rows are known by the ids
 * of its orders and staff; whatever else stands there is a company's. Nothing
 * is marked in which both would stand side by side.
 */
import type { Queries } from "../store/database.ts";
import { OwnerError } from "./error.ts";
import type { Owner } from "./owner.ts";

interface Found {
  demoOrders: number;
  otherOrders: boolean;
  otherStaff: boolean;
  /** Contacts or groups of anybody. */
  mirrored: boolean;
}

/** Throws `OwnerError` when the owner must not mark it. */
export async function refuseUnmarked(
  sql: Queries,
  { mode, corpId, database }: Owner,
): Promise<void> {
  const found = await look(sql, mode);
  if (!found) return;
  if (mode === "wecom" && found.demoOrders > 0) {
    throw new OwnerError(
      "company",
      database,
      `holds ${found.demoOrders} orders of the demo: they must not stand ` +
        `beside those of ${corpId} (see docs/deployment.md, "From trying to ` +
        'real")',
    );
  }
  const foreign = found.otherOrders || found.otherStaff ||
    found.mirrored && found.demoOrders === 0;
  if (mode === "sandbox" && foreign) {
    throw new OwnerError(
      "company",
      database,
      "holds rows that are not the demo's: the sandbox does not start on it " +
        `(set the WECOM_ variables, or another ${database})`,
    );
  }
}

/** null: nothing was ever migrated here. */
async function look(
  sql: Queries,
  mode: Owner["mode"],
): Promise<Found | null> {
  const [table] = await sql<{ there: boolean }[]>`
    select to_regclass('customer_order') is not null as there`;
  if (!table?.there) return null;
  // As lib/sandbox/seed.ts makes them; a company need not load the sandbox.
  const demo = sql`order_id = 'demo-' || lower(order_no)`;
  const people = mode === "sandbox" ? await demoPeople() : [];
  const [found] = await sql<Found[]>`
    select
      (select count(*)::int from customer_order where ${demo}) as demo_orders,
      exists (select 1 from customer_order where not ${demo}) as other_orders,
      exists (
        select 1 from staff where wx_user_id <> all(${people}::text[])
      ) as other_staff,
      exists (select 1 from contact_follow) or exists (select 1 from chat)
        as mirrored`;
  return found ?? null;
}

async function demoPeople(): Promise<string[]> {
  const { demoStaff } = await import("../sandbox/seed.ts");
  return demoStaff().map(({ wxUserId }) => wxUserId);
}
