/**
 * Erases a customer from the mirror: name, picture, remarks and numbers. The rows
 * stay, since groups and followers are told by their ids, and the id is remembered,
 * so that the next reading of contacts does not bring the person back.
 */
import type { Queries, TransactionSql } from "../store/database.ts";

/** In place of a name. */
export const ERASED = "已删除的客户";

export async function eraseContacts(
  sql: TransactionSql,
  ids: readonly string[],
  { at, by }: { at: Date; by: string },
): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    insert into erased_contact (external_user_id, erased_at, erased_by)
    select id, ${at}, ${by} from unnest(${[...ids]}::text[]) as id
    on conflict do nothing`;
  await sql`
    update contact set name = ${ERASED}, avatar = null
    where external_user_id = any(${[...ids]}::text[])`;
  await sql`
    update contact_follow set remark = ''
    where external_user_id = any(${[...ids]}::text[])`;
  await sql`
    delete from contact_phone where external_user_id = any(${[
    ...ids,
  ]}::text[])`;
  await sql`
    delete from written_number where external_user_id = any(${[
    ...ids,
  ]}::text[])`;
}

/** Those of these contacts that were erased. */
export async function erasedAmong(
  queries: Queries,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await queries<{ externalUserId: string }[]>`
    select external_user_id from erased_contact
    where external_user_id = any(${[...ids]}::text[])`;
  return new Set(rows.map((row) => row.externalUserId));
}
