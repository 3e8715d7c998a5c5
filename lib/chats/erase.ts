/**
 * Takes the names of erased customers out of who is and was in groups. Stays and
 * ids are the record and remain; a later reading writes no name (`stay_rows.ts`).
 */
import type { TransactionSql } from "../store/database.ts";

/** Call it when the contacts are known as erased. */
export async function eraseMembers(
  sql: TransactionSql,
  ids: readonly string[],
  name: string,
): Promise<void> {
  // Nobody writes these groups meanwhile (`confirm.ts`).
  await sql`
    select pg_advisory_xact_lock(hashtextextended('chat/' || chat_id, 0)) from (
      select distinct chat_id from chat_member
      where member_id = any(${[...ids]}::text[]) order by chat_id) as held`;
  await sql`
    update chat_member set name = ${name}
    where member_id = any(${[...ids]}::text[])`;
}
