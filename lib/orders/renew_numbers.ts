/**
 * Brings the numbers of orders up to date, a small batch at a time, beside
 * people who work: what was sealed with the key before or by the release before
 * is sealed anew, what was found by other rules is found again in the text, and
 * what nobody hashed yet is hashed.
 * Each batch stands alone, so it may be interrupted and begun anew.
 */
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { Queries, Sql } from "../store/database.ts";
import type { Renewal, RenewalOptions } from "../store/renewal.ts";
import type { Vault } from "../store/vault.ts";
import { literal } from "../store/literal.ts";
import { readFurther, readOrderNumber, storeOrderNumber } from "./number.ts";

const BATCH = 200;

interface Row {
  orderId: string;
  phoneSealed: string;
  furtherSealed: string;
}

export async function renewOrderNumbers(
  { sql, vault, signal, onBatch }: RenewalOptions,
): Promise<Renewal> {
  const done: Renewal = { renewed: 0, unreadable: 0 };
  for (let after = "";;) {
    signal?.throwIfAborted();
    const rows = await sql<Row[]>`
      select order_id, phone_sealed, further_sealed from customer_order
      where order_id > ${after} and ${isStale(sql, vault)}
      order by order_id limit ${literal(sql, BATCH)}`;
    const last = rows.at(-1);
    if (!last) return done;
    after = last.orderId;
    const renewed = await renew(sql, vault, rows);
    done.renewed += renewed.renewed;
    done.unreadable += renewed.unreadable;
    onBatch?.(done.renewed);
  }
}

/** How many there are to renew. */
export async function countStaleOrders(
  sql: Queries,
  vault: Vault,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from customer_order
    where ${isStale(sql, vault)}`;
  return row?.count ?? 0;
}

function isStale(sql: Queries, { prefix }: Vault) {
  return sql`(
    phone_sealed <> '' and (
      not starts_with(phone_sealed, ${prefix}) or phone_rules <> ${PHONE_RULES}
      or phone_ends is null)
    or further_sealed <> '' and (
      not starts_with(further_sealed, ${prefix})
      or not phone_hashes @> further_hashes))`;
}

async function renew(
  sql: Sql,
  vault: Vault,
  rows: readonly Row[],
): Promise<Renewal> {
  const fresh = rows.flatMap((row) => {
    const text = readOrderNumber(vault, row);
    const further = readFurther(vault, row);
    if (text === null || further === null) return [];
    const stored = storeOrderNumber(vault, row.orderId, text, further);
    return [{
      ...row,
      renewed: stored.phoneSealed,
      renewedFurther: stored.furtherSealed,
      furtherHashes: stored.furtherHashes.join(" "),
      hashes: stored.phoneHashes.join(" "),
      shared: stored.sharedHashes.join(" "),
      ends: (stored.phoneEnds ?? []).join(" "),
    }];
  });
  // Pushed in the meantime: what came is newer, and written as it should be.
  const written = await sql`
    update customer_order o set
      phone_sealed = fresh.renewed,
      phone_hashes = string_to_array(fresh.hashes, ' '),
      shared_hashes = string_to_array(fresh.shared, ' '),
      phone_ends = string_to_array(fresh.ends, ' '),
      phone_rules = ${PHONE_RULES},
      further_sealed = fresh.renewed_further,
      further_hashes = string_to_array(fresh.further_hashes, ' ')
    from unnest(
      ${fresh.map((row) => row.orderId)}::text[],
      ${fresh.map((row) => row.phoneSealed)}::text[],
      ${fresh.map((row) => row.renewed)}::text[],
      ${fresh.map((row) => row.hashes)}::text[],
      ${fresh.map((row) => row.shared)}::text[],
      ${fresh.map((row) => row.ends)}::text[],
      ${fresh.map((row) => row.furtherSealed)}::text[],
      ${fresh.map((row) => row.renewedFurther)}::text[],
      ${fresh.map((row) => row.furtherHashes)}::text[]
    ) as fresh (order_id, was, renewed, hashes, shared, ends, further_was,
      renewed_further, further_hashes)
    where o.order_id = fresh.order_id and o.phone_sealed = fresh.was
      and o.further_sealed = fresh.further_was
    returning 1`;
  return {
    renewed: written.length,
    unreadable: rows.length - fresh.length,
  };
}

/** For each of the newest orders with a number, whether a key of ours opens it. */
export async function tryOrderNumbers(
  sql: Queries,
  vault: Vault,
  limit: number,
): Promise<boolean[]> {
  const rows = await sql<Pick<Row, "orderId" | "phoneSealed">[]>`
    select order_id, phone_sealed from customer_order
    where phone_sealed <> '' order by created_at desc, order_id desc
    limit ${literal(sql, limit)}`;
  return rows.map((row) => readOrderNumber(vault, row) !== null);
}
