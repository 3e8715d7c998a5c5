/**
 * The numbers of contacts in the mirror: those that a follower wrote down replace
 * the ones before. A number that stands is neither sealed again nor written.
 */
import type { Queries } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { userKey } from "../staff/user_id.ts";
import { type StoredNumber, storeNumber } from "./number.ts";
import { distinctPhones } from "./standing.ts";

/** Of relations that the transaction has written, and so holds. */
export async function savePhones(
  queries: Queries,
  vault: Vault,
  rows: readonly FollowedContact[],
): Promise<void> {
  const phones = rows.flatMap(({ contact, followUser }) =>
    distinctPhones(followUser.remarkMobiles).map((phone) => ({
      wxUserId: userKey(followUser.wxUserId),
      externalUserId: contact.externalUserId,
      phoneHash: vault.index(phone.number),
      shared: phone.shared,
      phone,
    }))
  );
  const wxUserIds = rows.map((row) => userKey(row.followUser.wxUserId));
  const externalUserIds = rows.map((row) => row.contact.externalUserId);
  const stored = await queries<(StoredNumber & { wxUserId: string })[]>`
    select p.wx_user_id, p.external_user_id, p.phone_hash, p.phone_sealed,
      p.shared
    from contact_phone p
    join unnest(${wxUserIds}::text[], ${externalUserIds}::text[])
      as page (wx_user_id, external_user_id)
      using (wx_user_id, external_user_id)`;
  const wanted = new Set(phones.map(phoneKey));
  // Numbers sealed with another key, or by the release before, are sealed anew.
  const stands = (row: StoredNumber & { wxUserId: string }) =>
    wanted.has(phoneKey(row)) && row.phoneSealed.startsWith(vault.prefix);
  const present = new Set(stored.filter(stands).map(phoneKey));
  const gone = stored.filter((row) => !stands(row));
  // Sealing costs more than comparing: only numbers that are new are sealed.
  const added = phones.filter((row) => !present.has(phoneKey(row)))
    .map(({ phone, wxUserId, externalUserId }) => {
      const stored = storeNumber(vault, externalUserId, phone);
      return {
        wx_user_id: wxUserId,
        external_user_id: externalUserId,
        phone_hash: stored.phoneHash,
        phone_sealed: stored.phoneSealed,
        shared: stored.shared,
      };
    });
  if (gone.length > 0) {
    await queries`
      delete from contact_phone p
      using unnest(
        ${gone.map((row) => row.wxUserId)}::text[],
        ${gone.map((row) => row.externalUserId)}::text[],
        ${gone.map((row) => row.phoneHash)}::text[]
      ) as gone (wx_user_id, external_user_id, phone_hash)
      where p.wx_user_id = gone.wx_user_id
        and p.external_user_id = gone.external_user_id
        and p.phone_hash = gone.phone_hash`;
  }
  if (added.length > 0) {
    await queries`
      insert into contact_phone
        (wx_user_id, external_user_id, phone_hash, phone_sealed, shared)
      select * from jsonb_to_recordset(${queries.json(added)}) as page (
        wx_user_id text, external_user_id text, phone_hash text,
        phone_sealed text, shared bool)
      on conflict do nothing`;
  }
}

function phoneKey(row: {
  wxUserId: string;
  externalUserId: string;
  phoneHash: string;
  shared: boolean;
}): string {
  const { wxUserId, externalUserId, phoneHash, shared } = row;
  return `${wxUserId} ${externalUserId} ${phoneHash} ${shared}`;
}
