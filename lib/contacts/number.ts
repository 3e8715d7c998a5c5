/**
 * A contact's number as `contact_phone` keeps it: sealed, bound to the contact
 * and to the number's own hash. Whose remark it stands in is no part of that:
 * followers who wrote down the same number keep the same thing.
 */
import type { Place, Vault } from "../store/vault.ts";

export interface StoredNumber {
  externalUserId: string;
  phoneHash: string;
  phoneSealed: string;
}

export function storeNumber(
  vault: Vault,
  externalUserId: string,
  number: string,
): StoredNumber {
  const phoneHash = vault.index(number);
  const place = placeOf({ externalUserId, phoneHash });
  const phoneSealed = vault.numbers.seal(number, place);
  return { externalUserId, phoneHash, phoneSealed };
}

/** null when none of our keys opens it. */
export function openNumber(vault: Vault, row: StoredNumber): string | null {
  return vault.numbers.open(row.phoneSealed, placeOf(row));
}

/**
 * Hash and sealed number as one text, `min(phone_hash || ' ' || phone_sealed)`:
 * for queries that want any one number of a contact. Empty when there is none.
 */
export function openEither(
  vault: Vault,
  externalUserId: string,
  kept: string | null,
): string {
  const [phoneHash, phoneSealed] = (kept ?? "").split(" ");
  if (!phoneHash || !phoneSealed) return "";
  return openNumber(vault, { externalUserId, phoneHash, phoneSealed }) ?? "";
}

function placeOf(
  { externalUserId, phoneHash }: Omit<StoredNumber, "phoneSealed">,
): Place {
  return { table: "contact_phone", row: `${externalUserId} ${phoneHash}` };
}
