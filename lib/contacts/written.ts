/**
 * Which numbers we wrote into whose remark, for which order: what is undone when
 * another customer is chosen, and what limits how many numbers one person can
 * read in the remarks of contacts.
 */
import type { Queries, TransactionSql } from "../store/database.ts";
import type { Place, Vault } from "../store/vault.ts";
import { userKey } from "../staff/user_id.ts";

/** A choice: the order, who made it, and the contact in whose remark it stands. */
export interface Chosen {
  orderId: string;
  wxUserId: string;
  externalUserId: string;
}

export interface Written {
  writtenId: string;
  externalUserId: string;
  number: string;
}

/** The order's numbers that we wrote into remarks of this person. */
export async function writtenFor(
  queries: Queries,
  vault: Vault,
  { orderId, wxUserId }: Omit<Chosen, "externalUserId">,
): Promise<Written[]> {
  const rows = await queries<(Omit<Written, "number"> & Sealed)[]>`
    select written_id, external_user_id, phone_sealed from written_number
    where order_id = ${orderId} and wx_user_id = ${userKey(wxUserId)}
      and taken_out_at is null
    order by written_id`;
  return rows.map(({ writtenId, externalUserId, phoneSealed }) => {
    const place = placeOfWritten({ orderId, externalUserId });
    const number = vault.numbers.open(phoneSealed, place) ?? "";
    return { writtenId, externalUserId, number };
  });
}

interface Sealed {
  phoneSealed: string;
}

/**
 * Call it before the number is written, so that no write that was begun is
 * forgotten.
 */
export async function rememberWritten(
  sql: TransactionSql,
  vault: Vault,
  chosen: Chosen,
  numbers: readonly string[],
  at: Date,
): Promise<Written[]> {
  const { orderId, wxUserId, externalUserId } = chosen;
  const rows = await sql<{ writtenId: string }[]>`
    insert into written_number ${
    sql(numbers.map((number) => ({
      orderId,
      wxUserId: userKey(wxUserId),
      externalUserId,
      phoneSealed: vault.numbers.seal(number, placeOfWritten(chosen)),
      writtenAt: at,
    })))
  } returning written_id`;
  return rows.map(({ writtenId }, n) => (
    { writtenId, externalUserId, number: numbers[n] ?? "" }
  ));
}

/** They were not written after all. */
export async function forgetWritten(
  queries: Queries,
  written: readonly Written[],
): Promise<void> {
  await queries`
    delete from written_number
    where written_id = any(${written.map((one) => one.writtenId)}::bigint[])`;
}

export async function markTakenOut(
  queries: Queries,
  written: readonly Written[],
  at: Date,
): Promise<void> {
  await queries`
    update written_number set taken_out_at = ${at}
    where written_id = any(${
    written.map((one) => one.writtenId)
  }::bigint[]) and taken_out_at is null`;
}

/** Lets one transaction at a time write for a person, until it ends. */
export async function lockWriting(
  sql: TransactionSql,
  wxUserId: string,
): Promise<void> {
  await sql`
    select pg_advisory_xact_lock(
      hashtextextended('written_number ' || ${userKey(wxUserId)}, 0))`;
}

/** How many numbers were written for this person since, and for other orders. */
export async function countWritten(
  queries: Queries,
  { orderId, wxUserId, externalUserId }: Chosen,
  since: Date,
): Promise<{ ofPerson: number; ofOthersOnContact: number }> {
  const [row] = await queries<
    { ofPerson: number; ofOthersOnContact: number }[]
  >`
    select
      (select count(*)::int from written_number
        where wx_user_id = ${userKey(wxUserId)}
          and written_at > ${since}) as of_person,
      (select count(*)::int from written_number
        where external_user_id = ${externalUserId}
          and order_id <> ${orderId}
          and taken_out_at is null) as of_others_on_contact`;
  return row ?? { ofPerson: 0, ofOthersOnContact: 0 };
}

export function placeOfWritten(
  { orderId, externalUserId }: Omit<Chosen, "wxUserId">,
): Place {
  return { table: "written_number", row: `${orderId} ${externalUserId}` };
}
