/**
 * Who left the app's visible scope or the company, as WeCom tells it (90240).
 * The ERP's word on who departed is another thing (`staff.ts`): neither waits
 * for the other.
 */
import type { Queries } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { userKey } from "./user_id.ts";

/**
 * `leftAt` null: is in it. Keeps when somebody left who was known to have. false,
 * with nothing written, when a later reading told or nothing is new.
 */
export async function saveScope(
  queries: Queries,
  wxUserId: string,
  leftAt: Date | null,
  { number }: Reading,
): Promise<boolean> {
  const rows = await queries`
    insert into member_scope (user_key, wx_user_id, left_at, reading)
    values (${userKey(wxUserId)}, ${wxUserId}, ${leftAt}, ${number})
    on conflict (user_key) do update set wx_user_id = excluded.wx_user_id,
      left_at = excluded.left_at, reading = excluded.reading
    where member_scope.reading <= excluded.reading
      and (member_scope.left_at is null) <> (excluded.left_at is null)
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
