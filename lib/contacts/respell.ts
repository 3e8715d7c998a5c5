/**
 * The mirror of contacts holds userids in their normal form. Rows that the
 * release before wrote otherwise, or writes while both run, are moved to it
 * here: before a person's contacts are read, and each night for all. If one
 * relation is there in two spellings, the later reading counts; its numbers are
 * corrected by the next reading of the contact. This file can go once no such
 * row is left.
 */
import type { Sql } from "../store/database.ts";
import type { UserKey } from "../staff/user_id.ts";

/** Whose contacts are there under another spelling. */
export async function oddlySpelled(sql: Sql): Promise<UserKey[]> {
  const rows = await sql<{ key: UserKey }[]>`
    select lower(wx_user_id collate "C") as key from contact_follow
    where wx_user_id <> lower(wx_user_id collate "C")
    union
    select lower(wx_user_id collate "C") from contact_sync
    where wx_user_id <> lower(wx_user_id collate "C")`;
  return rows.map((row) => row.key);
}

/** Moves one person's contacts; cheap when there is nothing to move. */
export async function respell(sql: Sql, key: UserKey): Promise<void> {
  await sql`
    with odd as materialized (
      select * from contact_follow
      where lower(wx_user_id collate "C") = ${key}
        and wx_user_id <> lower(wx_user_id collate "C")
      -- In the order in which a page of contacts is written.
      order by external_user_id for update
    ), latest as materialized (
      select distinct on (external_user_id) * from odd
      order by external_user_id, reading desc, updated_at desc
    ), moved as (
      insert into contact_follow as present (wx_user_id, external_user_id,
        remark, state, added_at, seen_in_run, deleted_at, updated_at, reading)
      select ${key}, external_user_id, remark, state, added_at, 0, deleted_at,
        updated_at, reading
      from latest order by external_user_id
      on conflict (wx_user_id, external_user_id) do update set
        remark = excluded.remark, state = excluded.state,
        added_at = excluded.added_at, deleted_at = excluded.deleted_at,
        updated_at = excluded.updated_at, reading = excluded.reading
      where present.reading < excluded.reading
      returning external_user_id
    ), numbers as (
      insert into contact_phone
        (wx_user_id, external_user_id, phone_hash, phone_sealed, shared)
      select ${key}, external_user_id, phone_hash, phone_sealed, shared
      from contact_phone join latest using (wx_user_id, external_user_id)
      where external_user_id in (select external_user_id from moved)
      on conflict do nothing
    ), runs as (
      -- How far a listing of the other spelling came is worth nothing here.
      delete from contact_sync where lower(wx_user_id collate "C") = ${key}
        and wx_user_id <> lower(wx_user_id collate "C")
    )
    delete from contact_follow gone using odd
    where gone.wx_user_id = odd.wx_user_id
      and gone.external_user_id = odd.external_user_id`;
}
