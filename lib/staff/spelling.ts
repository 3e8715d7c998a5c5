/**
 * How WeCom spells its userids. The case does not count (90196), but what is
 * sent to WeCom and shown is spelled as WeCom told it, at the sign-in or in its
 * list of who may have customers; where it never did, as the ERP writes it.
 */
import type { Queries } from "../store/database.ts";
import { distinctUsers, type UserKey, userKey } from "./user_id.ts";

/** Keeps what WeCom told; writes only what is new. */
export async function learnSpellings(
  queries: Queries,
  told: Iterable<string>,
): Promise<void> {
  // In one order, so that two who learn at the same time wait instead of
  // locking up.
  const ids = distinctUsers(told)
    .sort((a, b) => userKey(a) < userKey(b) ? -1 : 1);
  if (ids.length === 0) return;
  await queries`
    insert into user_spelling (user_key, wx_user_id)
    select * from unnest(${ids.map(userKey)}::text[], ${ids}::text[])
    on conflict (user_key) do update set wx_user_id = excluded.wx_user_id
    where user_spelling.wx_user_id <> excluded.wx_user_id`;
}

/** Each person once, as WeCom spells them; as given where it never told. */
export async function spelled(
  queries: Queries,
  wxUserIds: Iterable<string>,
): Promise<string[]> {
  const ids = distinctUsers(wxUserIds);
  if (ids.length === 0) return [];
  const rows = await queries<{ userKey: UserKey; wxUserId: string }[]>`
    select user_key, wx_user_id from user_spelling
    where user_key = any(${ids.map(userKey)}::text[])`;
  const told = new Map(rows.map((row) => [row.userKey, row.wxUserId]));
  return ids.map((id) => told.get(userKey(id)) ?? id);
}
