/**
 * Who left the app's visible scope or the company, as WeCom tells it (90240).
 * The ERP's word on who departed is another thing (`staff.ts`): neither waits
 * for the other.
 */
import type { Queries } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { userKey } from "./user_id.ts";

/** false, with nothing written, when it was known or a later reading told. */
export async function saveLeft(
  queries: Queries,
  wxUserId: string,
  leftAt: Date,
  { number }: Reading,
): Promise<boolean> {
  const rows = await queries`
    insert into member_scope (user_key, wx_user_id, left_at, reading)
    values (${userKey(wxUserId)}, ${wxUserId}, ${leftAt}, ${number})
    on conflict (user_key) do update set wx_user_id = excluded.wx_user_id,
      left_at = excluded.left_at, reading = excluded.reading
    where member_scope.reading <= excluded.reading
      and member_scope.left_at is null
    returning 1`;
  return rows.length > 0;
}

/** false, with nothing written, of who never left, or when a later reading told. */
export async function saveReturned(
  queries: Queries,
  wxUserId: string,
  { number }: Reading,
): Promise<boolean> {
  const rows = await queries`
    update member_scope set left_at = null, reading = ${number}
    where user_key = ${userKey(wxUserId)} and left_at is not null
      and reading <= ${number}
    returning 1`;
  return rows.length > 0;
}

/** When this member left; null: never, or came back. */
export async function leftScopeAt(
  queries: Queries,
  wxUserId: string,
): Promise<Date | null> {
  const [row] = await queries<{ leftAt: Date | null }[]>`
    select left_at from member_scope where user_key = ${userKey(wxUserId)}`;
  return row?.leftAt ?? null;
}
