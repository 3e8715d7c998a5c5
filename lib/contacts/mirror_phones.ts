/**
 * The numbers of contacts in the mirror: those that a follower wrote down replace
 * the ones before. A number that stands is neither sealed again nor written.
 */
import type { Queries } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { FollowedContact } from "../wecom/mod.ts";
import { userKey } from "../staff/user_id.ts";
import { storeNumber } from "./number.ts";
import { distinctPhones } from "./standing.ts";

/** Of relations that the transaction has written, and so holds. */
export async function savePhones(
  queries: Queries,
  vault: Vault,
  rows: readonly FollowedContact[],
): Promise<void> {
  const phones = rows.flatMap(({ contact, followUser }) =>
    distinctPhones(followUser.remarkMobiles).map((phone) => ({
      phone,
      wx_user_id: userKey(followUser.wxUserId),
      external_user_id: contact.externalUserId,
      phone_hash: vault.index(phone.number),
      shared: phone.shared,
    }))
  );
  const relations = rows.map(({ contact, followUser }) => ({
    wx_user_id: userKey(followUser.wxUserId),
    external_user_id: contact.externalUserId,
  }));
  const wanted = phones.map(({ phone: _, ...row }, at) => ({ ...row, at }));
  // Numbers sealed with another key, or by the release before, are sealed anew.
  const missing = await queries<{ at: number }[]>`
    with wanted as materialized (
      select * from jsonb_to_recordset(${queries.json(wanted)}) as wanted (
        wx_user_id text, external_user_id text, phone_hash text, shared bool,
        at int)
    ), stands as materialized (
      select at, wx_user_id, external_user_id, phone_hash
      from wanted join contact_phone p
        using (wx_user_id, external_user_id, phone_hash, shared)
      where starts_with(p.phone_sealed, ${vault.prefix})
    ), gone as (
      delete from contact_phone p
      using jsonb_to_recordset(${queries.json(relations)}) as page (
        wx_user_id text, external_user_id text)
      where p.wx_user_id = page.wx_user_id
        and p.external_user_id = page.external_user_id
        and not exists (select 1 from stands
          where stands.wx_user_id = p.wx_user_id
            and stands.external_user_id = p.external_user_id
            and stands.phone_hash = p.phone_hash)
    )
    select at from wanted where at not in (select at from stands)`;
  // Sealing costs more than comparing: only numbers that are new are sealed.
  const added = missing.flatMap(({ at }) => {
    const one = phones[at];
    if (!one) return [];
    const { phone, ...row } = one;
    const { external_user_id: id, phone_hash: hash } = row;
    const { phoneSealed } = storeNumber(vault, id, phone, hash);
    return [{ ...row, phone_sealed: phoneSealed }];
  });
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
