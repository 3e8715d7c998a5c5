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
