/** Parts of queries about several people's contacts: who has whom, who was read. */
import type { Fragment, Queries } from "../store/database.ts";
import type { UserKey } from "../staff/user_id.ts";

/** An array of who of these people has this contact. */
export function followersOf(
  queries: Queries,
  externalUserId: Fragment,
  keys: readonly UserKey[],
): Fragment {
  return queries`array(
    select f.wx_user_id from contact_follow f
    where f.external_user_id = ${externalUserId}
      and f.wx_user_id = any(${[...keys]}::text[]) and f.deleted_at is null)`;
}

/** An array of whose contacts were read completely. */
export function readAmong(
  queries: Queries,
  keys: readonly UserKey[],
): Fragment {
  return queries`array(
    select wx_user_id from contact_sync
    where wx_user_id = any(${[...keys]}::text[])
      and completed_at is not null)`;
}

/**
 * An expression: what this person calls the contact; null: it is none of theirs.
 */
export function remarkOf(
  queries: Queries,
  key: UserKey,
  externalUserId: Fragment,
): Fragment {
  return queries`(
    select f.remark from contact_follow f
    where f.wx_user_id = ${key} and f.external_user_id = ${externalUserId}
      and f.deleted_at is null)`;
}

/** A query: a contact of this person, with `id` and `name`; else no row. */
export function contactOf(
  queries: Queries,
  key: UserKey,
  externalUserId: string,
): Fragment {
  return queries`
    select c.external_user_id as id,
      coalesce(nullif(trim(f.remark), ''), c.name) as name
    from contact_follow f join contact c using (external_user_id)
    where f.wx_user_id = ${key} and f.external_user_id = ${externalUserId}
      and f.deleted_at is null`;
}
