/**
 * Welcome codes: whoever has one may greet the new contact, once and within 20 s
 * (92137). A secret, so it is in no field of an event and in no log; sealed until
 * it is taken or its time is over, and nothing of it stays.
 */
import type { Queries } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import type { ContactEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";

/** WeCom counts from its first push, we count from the arrival. */
export const WELCOME_MS = 20_000;

export interface SealedCode {
  key: string;
  wxUserId: string;
  externalUserId: string;
  sealed: string;
  /** ISO 8601 */
  expiresAt: string;
}

/** The code in this event, under the event's key; null when it has none. */
export function sealCode(
  vault: Vault,
  key: string,
  { wxUserId, externalUserId }: ContactEvent,
  fields: Fields,
  arrivedAt: number,
): SealedCode | null {
  const [code] = Object.entries(fields)
    .flatMap(([name, value]) => isCode(name) ? value : []);
  if (code === undefined || code === "") return null;
  return {
    key,
    wxUserId,
    externalUserId,
    sealed: vault.tokens.seal(code, placeOf(key)),
    expiresAt: new Date(arrivedAt + WELCOME_MS).toISOString(),
  };
}

/** The fields without it. */
export function withoutCode(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !isCode(name)),
  );
}

/**
 * A proxy may spell the field's name differently; it is a secret all the same.
 */
function isCode(field: string): boolean {
  return /^welcome_?code$/i.test(field);
}

const placeOf = (key: string) => ({ table: "welcome_code", row: key });

/** An event that comes again does not extend the time. */
export async function keepCodes(
  queries: Queries,
  codes: readonly SealedCode[],
): Promise<void> {
  if (codes.length === 0) return;
  await queries`
    insert into welcome_code
      (dedupe_key, wx_user_id, external_user_id, code_sealed, expires_at)
    select * from unnest(
      ${codes.map((one) => one.key)}::text[],
      ${codes.map((one) => one.wxUserId)}::text[],
      ${codes.map((one) => one.externalUserId)}::text[],
      ${codes.map((one) => one.sealed)}::text[],
      ${codes.map((one) => one.expiresAt)}::timestamptz[]
    ) on conflict do nothing`;
}

/**
 * Takes the newest code of this relation and deletes it; null when there is
 * none, or its time is over.
 */
export async function takeCode(
  queries: Queries,
  { vault, now }: { vault: Vault; now: () => number },
  wxUserId: string,
  externalUserId: string,
): Promise<string | null> {
  const rows = await queries<
    { dedupeKey: string; codeSealed: string; expiresAt: Date }[]
  >`
    delete from welcome_code
    where external_user_id = ${externalUserId}
      and lower(wx_user_id collate "C") = lower(${wxUserId} collate "C")
    returning dedupe_key, code_sealed, expires_at`;
  const [newest] = rows.filter((row) => row.expiresAt.getTime() > now())
    .sort((a, b) => b.expiresAt.getTime() - a.expiresAt.getTime());
  if (!newest) return null;
  return vault.tokens.open(newest.codeSealed, placeOf(newest.dedupeKey));
}

/** Removes those whose time is over. */
export async function dropCodes(
  queries: Queries,
  now: number,
): Promise<void> {
  await queries`delete from welcome_code where expires_at <= ${new Date(now)}`;
}
