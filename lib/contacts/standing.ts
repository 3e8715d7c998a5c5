/**
 * What of a listing the mirror has already. The night asks for everybody's
 * contacts and finds hardly a change, so a row that stands is not written, not
 * even locked (a lock is a write, too). That a listing found all rows of a
 * person so is one number in the person's row (`confirmed`), which counts for
 * each of them: an answer whose question is older than that is not written over
 * them. So it is written only if, at that moment, they are exactly the rows that
 * the listing named, told by a sum over all of them; and writers of contacts and
 * the writer of that number exclude each other.
 */
import type { Queries, TransactionSql } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import type { Vault } from "../store/vault.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { findPhones, hideNumbers } from "./phone.ts";
import { PHONE_RULES } from "./phone_rules.ts";

/** For `pg_advisory_xact_lock`: the mirror of contacts. */
const MIRROR = 20_260_001;

/** Taken by all who write contacts; they do not exclude each other. */
export async function holdContacts(queries: Queries): Promise<void> {
  await queries`select pg_advisory_xact_lock_shared(${MIRROR})`;
}

/** Taken by who needs that nobody writes contacts meanwhile. */
export async function holdContactsAlone(queries: Queries): Promise<void> {
  await queries`select pg_advisory_xact_lock(${MIRROR})`;
}

/**
 * Has a later listing confirmed somebody's contacts since this question was
 * sent? Then the answer says nothing, and WeCom is to be asked again. The
 * transaction must hold the contacts.
 */
export async function isOvertaken(
  queries: Queries,
  keys: readonly UserKey[],
  { number }: Reading,
): Promise<boolean> {
  const later = await queries`
    select 1 from contact_sync
    where wx_user_id = any(${[...keys]}::text[]) and confirmed > ${number}
    limit 1`;
  return later.length > 0;
}

/** What a listing named of one person, as far as the mirror has it. */
export interface Named {
  count: number;
  /** Of all rows; as a number that has no end. */
  sum: bigint;
}

/** The rows of `f` and `c` as one number: any write of them makes another one. */
function digestOf(queries: Queries) {
  return queries`hashtextextended(
    f.external_user_id || ' ' || f.reading || ' ' || c.reading, 0)`;
}

/**
 * Which of these rows the mirror has just so, each with its part of the sum;
 * by {@linkcode relationKey}.
 */
export async function standing(
  queries: Queries,
  vault: Vault,
  rows: readonly FollowedContact[],
): Promise<Map<string, bigint>> {
  const page = rows.map(({ contact, followUser }) => ({
    wx_user_id: userKey(followUser.wxUserId),
    external_user_id: contact.externalUserId,
    name: storable(contact.name),
    avatar: contact.avatar,
    type: contact.type,
    remark: storable(followUser.remark),
    state: followUser.state,
    added_at: new Date(followUser.addedAt).toISOString(),
    phones: phonesOf(vault, followUser.remarkMobiles),
  }));
  const found = await queries<
    { wxUserId: UserKey; externalUserId: string; digest: string }[]
  >`
    select f.wx_user_id, f.external_user_id,
      ${digestOf(queries)}::text as digest
    from jsonb_to_recordset(${queries.json(page)}) as page (
      wx_user_id text, external_user_id text, name text, avatar text, type text,
      remark text, state text, added_at timestamptz, phones text)
    join contact_follow f using (wx_user_id, external_user_id)
    join contact c using (external_user_id)
    where f.deleted_at is null and f.ended_by is null
      and f.remark = page.remark and f.added_at in (page.added_at, case
        when page.added_at = 'epoch' then f.added_at end)
      and f.state is not distinct from coalesce(page.state, f.state)
      and (page.name = '' or c.name = page.name) and c.type = page.type
      and c.avatar is not distinct from page.avatar
      and page.phones = (
        select coalesce(
          string_agg(p.phone_hash || ' ' || p.shared, ',' order by p.phone_hash),
          '')
        from contact_phone p where p.wx_user_id = f.wx_user_id
          and p.external_user_id = f.external_user_id
          and starts_with(p.phone_sealed, ${vault.prefix}))`;
  return new Map(found.map((row) => [
    `${row.wxUserId} ${row.externalUserId}`,
    BigInt(row.digest),
  ]));
}

/**
 * The contacts of these people are the ones that a listing named, whose last
 * question had the number `to`. Answers for whom that holds; the others' have
 * changed since, or the listing did not name all.
 */
export async function confirmContacts(
  sql: TransactionSql,
  people: ReadonlyMap<UserKey, Named>,
  { to, at }: { to: number; at: Date },
): Promise<Set<UserKey>> {
  const named = [...people.values()];
  await holdContactsAlone(sql);
  const confirmed = await sql<{ wxUserId: UserKey }[]>`
    with named as (
      select * from unnest(${[...people.keys()]}::text[],
        ${named.map((one) => one.count)}::int[],
        ${named.map((one) => String(one.sum))}::numeric[]
      ) as named (wx_user_id, count, sum)
    ), free as (
      -- Who has the row of a person reads that person right now.
      select wx_user_id from contact_sync
      where wx_user_id in (select wx_user_id from named) and not running
      for update skip locked
    ), present as (
      select f.wx_user_id, count(*) as count, sum(${digestOf(sql)}) as sum
      from named join contact_follow f using (wx_user_id)
      join contact c using (external_user_id)
      where f.deleted_at is null group by f.wx_user_id
    )
    update contact_sync set confirmed = ${to}, completed_at = ${at},
      seen = named.count, total = named.count, phone_rules = ${PHONE_RULES}
    from named join free using (wx_user_id) left join present using (wx_user_id)
    where contact_sync.wx_user_id = named.wx_user_id
      and named.count = coalesce(present.count, 0)
      and named.sum = coalesce(present.sum, 0)
    returning contact_sync.wx_user_id`;
  return new Set(confirmed.map((row) => row.wxUserId));
}

export function relationKey({ contact, followUser }: FollowedContact): string {
  return `${userKey(followUser.wxUserId)} ${contact.externalUserId}`;
}

/**
 * Postgres texts cannot hold NUL; nicknames have been seen with it. And a number that
 * somebody typed into a name is not for anybody to read in the database.
 */
export function storable(text: string): string {
  return hideNumbers(text.replaceAll("\0", ""));
}

/** A number counts as shared if any of its sources says so. */
export function distinctPhones(remarkMobiles: readonly string[]) {
  const phones = remarkMobiles.flatMap(findPhones);
  const once = new Map(
    phones.sort((a, b) => +a.shared - +b.shared)
      .map((phone) => [phone.number, phone]),
  );
  return [...once.values()];
}

function phonesOf(vault: Vault, remarkMobiles: readonly string[]): string {
  return distinctPhones(remarkMobiles)
    .map(({ number, shared }) => `${vault.index(number)} ${shared}`)
    .sort().join(",");
}
