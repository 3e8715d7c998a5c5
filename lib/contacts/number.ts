/**
 * A contact's number as `contact_phone` keeps it: sealed, and bound to the
 * contact and to the number's hash. It is not bound to a follower: if several
 * wrote down the same number, their rows hold the same.
 */
import type { Place, Vault } from "../store/vault.ts";
import type { Phone } from "./phone.ts";

export interface StoredNumber {
  externalUserId: string;
  phoneHash: string;
  phoneSealed: string;
  /** One number that many people have, one after the other. */
  shared: boolean;
}

export function storeNumber(
  vault: Vault,
  externalUserId: string,
  { number, shared }: Phone,
  phoneHash = vault.index(number),
): StoredNumber {
  const place = placeOf({ externalUserId, phoneHash });
  const phoneSealed = vault.numbers.seal(number, place);
  return { externalUserId, phoneHash, phoneSealed, shared };
}

/** null when none of our keys opens it. */
export function openNumber(
  vault: Vault,
  row: Omit<StoredNumber, "shared">,
): string | null {
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
  { externalUserId, phoneHash }: Pick<
    StoredNumber,
    "externalUserId" | "phoneHash"
  >,
): Place {
  return { table: "contact_phone", row: `${externalUserId} ${phoneHash}` };
}
