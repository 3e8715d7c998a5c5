/**
 * The mirror of contacts in Postgres: written a page at a time, read by
 * matching. WeCom answers 100 records a page (doc 92994), and each follower has
 * remarks and numbers of their own (doc 92114). Userids are in here in their
 * normal form; of two relations that differ in their case alone the latest
 * reading counts.
 */
import { withoutErased } from "./erase.ts";
import type { Queries } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { Reading } from "../store/reading.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { noteScansOf } from "../codes/scans.ts";
import { savePhones } from "./mirror_phones.ts";
import {
  holdContacts,
  isOvertaken,
  relationKey,
  storable,
} from "./standing.ts";

/**
 * Writes contacts as one follower sees them; their numbers replace the old.
 * What the mirror has from a later reading stays. `run` is null for a reading
 * that is no part of a run. Call it in a transaction. false, with nothing
 * written: a later listing has confirmed what the mirror has, so ask again.
 */
export async function saveContacts(
  queries: Queries,
  vault: Vault,
  contacts: readonly FollowedContact[],
  { run, reading }: { run: number | null; reading: Reading },
): Promise<boolean> {
  const { at, number } = reading;
  if (contacts.length === 0) return true;
  await holdContacts(queries);
  // One statement must not meet the same key twice; and customers whom several
  // members follow are locked in one order, since their syncs run in parallel.
  const rows = [
    ...new Map(
      (await withoutErased(queries, contacts))
        .map((row) => [relationKey(row), row]),
    ).values(),
  ].sort((a, b) =>
    a.contact.externalUserId < b.contact.externalUserId ? -1 : 1
  );
  const keys = [
    ...new Set(rows.map((row) => userKey(row.followUser.wxUserId))),
  ];
  // No listing is confirmed while another one of the person is under way.
  if (run === null && await isOvertaken(queries, keys, reading)) return false;
  const people = new Map(rows.map(({ contact }) => [
    contact.externalUserId,
    {
      external_user_id: contact.externalUserId,
      name: storable(contact.name),
      avatar: contact.avatar,
      type: contact.type,
    },
  ]));
  // A page as one parameter: as a list of values it is a thousand, each with
  // objects of its own in the driver.
  await queries`
    insert into contact
      (external_user_id, name, avatar, type, updated_at, reading)
    select external_user_id, name, avatar, type, ${at}::timestamptz,
      ${number}::bigint
    from jsonb_to_recordset(${queries.json([...people.values()])}) as page (
      external_user_id text, name text, avatar text, type text)
    on conflict (external_user_id) do update set
      -- An answer that does not tell it changes nothing.
      name = coalesce(nullif(excluded.name, ''), contact.name),
      avatar = excluded.avatar, type = excluded.type,
      updated_at = excluded.updated_at, reading = excluded.reading
    where contact.reading <= excluded.reading and not exists (
      select 1 from contact_follow f join contact_sync using (wx_user_id)
      where f.external_user_id = contact.external_user_id
        and f.deleted_at is null and confirmed > excluded.reading)`;
  const runs = run === null ? await runsOf(queries, keys) : null;
  const follows = rows.map(({ contact, followUser }) => ({
    wx_user_id: userKey(followUser.wxUserId),
    external_user_id: contact.externalUserId,
    remark: storable(followUser.remark),
    state: followUser.state,
    added_at: new Date(followUser.addedAt).toISOString(),
    seen_in_run: run ?? runs?.get(userKey(followUser.wxUserId)) ?? 0,
  }));
  // Which were written: as one list, since a row for each is held longer.
  const [written] = await queries<{ keys: string[] | null }[]>`
    with written as (
    insert into contact_follow (wx_user_id, external_user_id, remark, state,
      added_at, seen_in_run, deleted_at, updated_at, reading)
    select wx_user_id, external_user_id, remark, state, added_at, seen_in_run,
      null, ${at}::timestamptz, ${number}::bigint
    from jsonb_to_recordset(${queries.json(follows)}) as page (
      wx_user_id text, external_user_id text, remark text, state text,
      added_at timestamptz, seen_in_run int)
    on conflict (wx_user_id, external_user_id) do update set
      remark = excluded.remark,
      -- What an event told of this relation, and the answer leaves out, stays.
      state = coalesce(excluded.state, case
        when excluded.added_at in (contact_follow.added_at, 'epoch')
        then contact_follow.state end),
      -- The epoch stands for a time that was not told.
      added_at = case when excluded.added_at > 'epoch' then excluded.added_at
        else contact_follow.added_at end,
      seen_in_run = excluded.seen_in_run,
      deleted_at = null, ended_by = null, updated_at = excluded.updated_at,
      reading = excluded.reading
    where contact_follow.reading <= excluded.reading
    returning wx_user_id, external_user_id)
    select array_agg(wx_user_id || ' ' || external_user_id) as keys
    from written`;
  const taken = new Set(written?.keys);
  await savePhones(
    queries,
    vault,
    rows.filter((row) => taken.has(relationKey(row))),
  );
  await noteScansOf(queries, rows);
  return true;
}

/**
 * A contact that is read by itself counts as seen by the run that is under way.
 */
async function runsOf(
  queries: Queries,
  keys: readonly UserKey[],
): Promise<Map<UserKey, number>> {
  const known = await queries<{ wxUserId: UserKey; run: number }[]>`
    select wx_user_id, run from contact_sync
    where wx_user_id = any(${[...keys]}::text[])`;
  return new Map(known.map((row) => [row.wxUserId, row.run]));
}

/**
 * WeCom does not name this person among the contact's followers any more. Call
 * it in a transaction that has found the reading not to be overtaken.
 */
export async function dropFollow(
  queries: Queries,
  wxUserId: string,
  externalUserId: string,
  { at, number }: Reading,
): Promise<void> {
  const gone = await queries`
    update contact_follow set deleted_at = ${at}, updated_at = ${at},
      reading = ${number}
    where wx_user_id = ${userKey(wxUserId)}
      and external_user_id = ${externalUserId}
      and deleted_at is null and reading <= ${number}
    returning 1`;
  if (gone.length === 0) return;
  await queries`
    delete from contact_phone where wx_user_id = ${userKey(wxUserId)}
      and external_user_id = ${externalUserId}`;
}

/** An event told that a colleague took this contact over; the relation is over. */
export async function tellTransferred(
  queries: Queries,
  wxUserId: string,
  externalUserId: string,
): Promise<void> {
  await queries`
    update contact_follow set ended_by = 'transfer'
    where wx_user_id = ${userKey(wxUserId)}
      and external_user_id = ${externalUserId} and deleted_at is not null`;
}

/**
 * After a complete listing: a contact that neither it nor another reading since
 * its beginning has seen is no contact any more. Its numbers are deleted, its
 * row stays.
 */
export async function dropUnseen(
  queries: Queries,
  wxUserId: string,
  { run, firstReading }: { run: number; firstReading: string },
  at: Date,
): Promise<number> {
  await holdContacts(queries);
  const gone = await queries`
    update contact_follow set deleted_at = ${at}, reading = ${firstReading}
    where wx_user_id = ${userKey(wxUserId)} and seen_in_run <> ${run}
      and deleted_at is null and reading < ${firstReading}
    returning 1`;
  // Numbers of a relation that was hidden and has not come back are deleted as
  // well.
  await queries`
    delete from contact_phone p using contact_follow f
    where p.wx_user_id = ${userKey(wxUserId)}
      and f.wx_user_id = p.wx_user_id
      and f.external_user_id = p.external_user_id and f.deleted_at is not null`;
  return gone.length;
}

/**
 * WeCom shows nothing of this person any more, who left or lost the right to
 * customers: the person follows nobody now. The numbers stay, since a colleague
 * who takes a customer over is matched by them, and a person who comes back is
 * read before the mirror is used (`total`). What a later listing has confirmed
 * stays. Call it in a transaction.
 */
export async function hideFollows(
  queries: Queries,
  wxUserId: string,
  { at, number }: Reading,
): Promise<number> {
  await holdContacts(queries);
  if (await isOvertaken(queries, [userKey(wxUserId)], { at, number })) return 0;
  const hidden = await queries`
    update contact_follow set deleted_at = ${at}, updated_at = ${at},
      reading = ${number}
    where wx_user_id = ${userKey(wxUserId)} and deleted_at is null
      and reading <= ${number}
    returning 1`;
  await queries`
    update contact_sync set total = 0
    where wx_user_id = ${userKey(wxUserId)} and total is not null`;
  return hidden.length;
}
