/**
 * The numbers of contacts as orders are looked up by them: of whichever follower
 * wrote them down (doc 92114). While keys change, an order may be stored under
 * the other one, so they are opened and hashed with both.
 */
import type { Fragment, Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { openNumber, type StoredNumber } from "./number.ts";

export interface KnownNumber {
  id: string;
  hash: string;
  shared: boolean;
}

/** null, as long as there is one key: `numbersOf` finds the hashes as they stand. */
export async function hashedAnew(
  { sql, vault }: { sql: Sql; vault: Vault },
  people: Fragment,
): Promise<KnownNumber[] | null> {
  if (!vault.rotating) return null;
  const rows = await sql<(StoredNumber & { id: string })[]>`
    ${stored(sql, people)}`;
  return rows.flatMap((row) => {
    const { id, phoneHash, shared } = row;
    const number = openNumber(vault, row);
    const hashes = number === null ? [phoneHash] : vault.indexes(number);
    return hashes.map((hash) => ({ id, hash, shared }));
  });
}

/**
 * A query with `id`, `phone_hash` and `shared` (one number that many people have);
 * `people` is a query with `id`, `anew` what `hashedAnew` answers for it.
 */
export function numbersOf(
  sql: Sql,
  people: Fragment,
  anew: readonly KnownNumber[] | null,
): Fragment {
  const known = anew
    ? sql`
      select id, phone_hash, shared::boolean from unnest(
        ${anew.map((one) => one.id)}::text[],
        ${anew.map((one) => one.hash)}::text[],
        ${anew.map((one) => String(one.shared))}::text[]
      ) as known (id, phone_hash, shared)`
    : stored(sql, people);
  return sql`
    select id, phone_hash, bool_or(shared) as shared
    from (${known}) p group by id, phone_hash`;
}

/** By followers, since that is the order of the table's key. */
function stored(sql: Sql, people: Fragment): Fragment {
  return sql`
    select p.external_user_id as id, p.external_user_id, p.phone_hash,
      p.phone_sealed, p.shared
    from (${people}) person
    cross join lateral (
      select wx_user_id from contact_follow f
      where f.external_user_id = person.id offset 0) f
    cross join lateral (
      select * from contact_phone p
      where p.wx_user_id = f.wx_user_id and p.external_user_id = person.id
      offset 0) p`;
}
