/**
 * Brings the stored numbers of contacts up to date (key and rules), a small
 * batch at a time, while people work; it may be interrupted and begun again.
 * The release before may have stored several numbers glued into one, so numbers
 * are looked for again in it. Numbers that it did not find are in WeCom alone,
 * so those people's contacts are read again (`phone_rules` of `contact_sync`).
 */
import type { Queries, TransactionSql } from "../store/database.ts";
import type { Renewal, RenewalOptions } from "../store/renewal.ts";
import type { Vault } from "../store/vault.ts";
import { literal } from "../store/literal.ts";
import { openNumber, type StoredNumber, storeNumber } from "./number.ts";
import { findPhones } from "./phone.ts";

const BATCH = 200;

type Row = StoredNumber & { wxUserId: string };

export async function renewContactNumbers(
  { sql, vault, signal, onBatch }: RenewalOptions,
): Promise<Renewal> {
  const done: Renewal = { renewed: 0, unreadable: 0 };
  let after: Row | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const rows: Row[] = await sql.begin(async (sql) => {
      const rows = await stale(sql, vault, after);
      const readable = await renew(sql, vault, rows);
      done.renewed += readable;
      done.unreadable += rows.length - readable;
      return rows;
    });
    after = rows.at(-1) ?? null;
    if (!after) return done;
    onBatch?.(done.renewed);
  }
}

/** How many there are to renew. */
export async function countStaleContacts(
  sql: Queries,
  { prefix }: Vault,
): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from contact_phone
    where not starts_with(phone_sealed, ${prefix})`;
  return row?.count ?? 0;
}

/** Rows that a sync is writing now are skipped: it writes them up to date. */
async function stale(
  sql: TransactionSql,
  vault: Vault,
  after: Row | null,
): Promise<Row[]> {
  const { wxUserId = "", externalUserId = "", phoneHash = "" } = after ?? {};
  return await sql<Row[]>`
    select wx_user_id, external_user_id, phone_hash, phone_sealed, shared
    from contact_phone
    where (wx_user_id, external_user_id, phone_hash)
        > (${wxUserId}, ${externalUserId}, ${phoneHash})
      and not starts_with(phone_sealed, ${vault.prefix})
    order by wx_user_id, external_user_id, phone_hash limit ${
    literal(sql, BATCH)
  }
    for update skip locked`;
}

/** Answers how many could be read. */
async function renew(
  sql: TransactionSql,
  vault: Vault,
  rows: readonly Row[],
): Promise<number> {
  const opened = rows.flatMap((row) => {
    const text = openNumber(vault, row);
    return text === null ? [] : [{ ...row, text, before: isBefore(row) }];
  });
  if (opened.length === 0) return 0;
  const fresh = opened.flatMap((row) => {
    const { wxUserId, externalUserId, text, before, shared } = row;
    const phones = before ? findPhones(text) : [{ number: text, shared }];
    return phones.map((phone) => ({
      wxUserId,
      ...storeNumber(vault, externalUserId, phone),
    }));
  });
  await sql`
    delete from contact_phone p
    using unnest(
      ${opened.map((row) => row.wxUserId)}::text[],
      ${opened.map((row) => row.externalUserId)}::text[],
      ${opened.map((row) => row.phoneHash)}::text[]
    ) as gone (wx_user_id, external_user_id, phone_hash)
    where p.wx_user_id = gone.wx_user_id
      and p.external_user_id = gone.external_user_id
      and p.phone_hash = gone.phone_hash`;
  if (fresh.length > 0) {
    await sql`insert into contact_phone ${sql(fresh)} on conflict do nothing`;
  }
  const readAnew = opened.filter((row) => row.before).map((row) =>
    row.wxUserId
  );
  if (readAnew.length > 0) {
    await sql`
      update contact_sync set phone_rules = 0
      where wx_user_id = any(${readAnew}::text[]) and phone_rules <> 0`;
  }
  return opened.length;
}

/** The release before sealed without a key id. */
function isBefore({ phoneSealed }: StoredNumber): boolean {
  return !phoneSealed.includes(".");
}

/** For some numbers, whether a key of ours opens them. */
export async function tryContactNumbers(
  sql: Queries,
  vault: Vault,
  limit: number,
): Promise<boolean[]> {
  const rows = await sql<StoredNumber[]>`
    select external_user_id, phone_hash, phone_sealed from contact_phone
    limit ${literal(sql, limit)}`;
  return rows.map((row) => openNumber(vault, row) !== null);
}
