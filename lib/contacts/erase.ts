/**
 * Erases a customer from the mirror: name, picture, remarks and numbers. The rows
 * stay, since groups and followers are told by their ids, and the id is remembered,
 * so that the next reading of contacts does not bring the person back.
 */
import type { Fragment, Queries, TransactionSql } from "../store/database.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { holdContactsAlone } from "./standing.ts";

/** In place of a name. */
export const ERASED = "已删除的客户";

/**
 * Waits until nobody writes contacts; what is read of them later knows who was
 * erased. Call it before any other lock of the transaction.
 */
export async function beginErasing(sql: TransactionSql): Promise<void> {
  await holdContactsAlone(sql);
}

/** After {@linkcode beginErasing}. */
export async function eraseContacts(
  sql: TransactionSql,
  ids: readonly string[],
  { at, by }: { at: Date; by: string },
): Promise<void> {
  if (ids.length === 0) return;
  const among = sql`external_user_id = any(${[...ids]}::text[])`;
  await sql`
    insert into erased_contact (external_user_id, erased_at, erased_by)
    select id, ${at}, ${by} from unnest(${[...ids]}::text[]) as id
    on conflict do nothing`;
  await sql`update contact set name = ${ERASED}, avatar = null where ${among}`;
  await sql`update contact_follow set remark = '' where ${among}`;
  await sql`delete from contact_phone where ${among}`;
  await sql`delete from written_number where ${among}`;
}

/** What was written into remarks for this order, whoever's it was. */
export async function eraseWrittenNumbers(
  sql: TransactionSql,
  orderId: string,
): Promise<void> {
  await sql`delete from written_number where order_id = ${orderId}`;
}

/** Whether the contact of that column was, for a statement. */
export function isErased(queries: Queries, id: Fragment): Fragment {
  return queries`exists (
    select 1 from erased_contact e where e.external_user_id = ${id})`;
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

/** Of who was erased on request the relation alone is left. */
export async function withoutErased(
  queries: Queries,
  contacts: readonly FollowedContact[],
): Promise<readonly FollowedContact[]> {
  const ids = contacts.map(({ contact }) => contact.externalUserId);
  const erased = await erasedAmong(queries, ids);
  if (erased.size === 0) return contacts;
  return contacts.map(({ contact, followUser }) =>
    erased.has(contact.externalUserId)
      ? {
        contact: { ...contact, name: ERASED, avatar: null },
        followUser: { ...followUser, remark: "", remarkMobiles: [] },
      }
      : { contact, followUser }
  );
}
