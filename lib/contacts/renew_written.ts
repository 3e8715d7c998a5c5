/**
 * Seals the numbers that we wrote into remarks with the key of today, a small
 * batch at a time. They are our own spelling, so only the key changes.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Renewal, RenewalOptions } from "../store/renewal.ts";
import type { Vault } from "../store/vault.ts";
import { literal } from "../store/literal.ts";
import { placeOfWritten } from "./written.ts";

const BATCH = 200;

interface Row {
  writtenId: string;
  orderId: string;
  externalUserId: string;
  phoneSealed: string;
}

export async function renewWrittenNumbers(
  { sql, vault, signal, onBatch }: RenewalOptions,
): Promise<Renewal> {
  const done: Renewal = { renewed: 0, unreadable: 0 };
  for (let after = "0";;) {
    signal?.throwIfAborted();
    const rows = await sql<Row[]>`
      select written_id, order_id, external_user_id, phone_sealed
      from written_number
      where written_id > ${after}
        and not starts_with(phone_sealed, ${vault.prefix})
      order by written_id limit ${literal(sql, BATCH)}`;
    const last = rows.at(-1);
    if (!last) return done;
    after = last.writtenId;
    const fresh = rows.flatMap((row) => {
      const place = placeOfWritten(row);
      const number = vault.numbers.open(row.phoneSealed, place);
      return number === null
        ? []
        : [{ ...row, renewed: vault.numbers.seal(number, place) }];
    });
    done.renewed += await write(sql, fresh);
    done.unreadable += rows.length - fresh.length;
    onBatch?.(done.renewed);
  }
}

/** How many there are to renew. */
export async function countStaleWritten(
  sql: Queries,
  { prefix }: Vault,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from written_number
    where not starts_with(phone_sealed, ${prefix})`;
  return row?.count ?? 0;
}

async function write(
  sql: Sql,
  fresh: readonly (Row & { renewed: string })[],
): Promise<number> {
  const written = await sql`
    update written_number w set phone_sealed = fresh.renewed
    from unnest(
      ${fresh.map((row) => row.writtenId)}::bigint[],
      ${fresh.map((row) => row.phoneSealed)}::text[],
      ${fresh.map((row) => row.renewed)}::text[]
    ) as fresh (written_id, was, renewed)
    where w.written_id = fresh.written_id and w.phone_sealed = fresh.was
    returning 1`;
  return written.length;
}
