/**
 * The canary: a value sealed with each `DATA_KEY` in use, with its key id.
 * Whoever cannot open all of them has another key, which would otherwise be
 * noticed when a number cannot be read, months later. A key that is written
 * with gets its canary at the first start; the one before keeps its own until
 * nothing is sealed with it any more.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { tryContactNumbers } from "../contacts/renew_numbers.ts";
import { tryOrderNumbers } from "../orders/renew_numbers.ts";
import { OwnerError } from "./error.ts";

const TEXT = "customer-group";
/** Of a database from before the canary, so many numbers are tried. */
const SAMPLE = 20;

interface Canary {
  keyId: string;
  sealed: string;
}

/** For `/readyz`. Throws `OwnerError` when a key is missing here. */
export async function checkCanary(sql: Queries, vault: Vault): Promise<void> {
  const canaries = await readCanaries(sql);
  if (canaries.length === 0) throw missing("the canary is gone");
  requireAll(canaries, vault);
}

/** Checks, and adds the canary of the key that is written with. */
export async function placeCanary(sql: Queries, vault: Vault): Promise<void> {
  const canaries = await readCanaries(sql);
  requireAll(canaries, vault);
  if (canaries.length === 0 && !await opensNumbers(sql, vault)) {
    throw missing("it opens none of the numbers here");
  }
  const { keyId } = vault;
  if (canaries.some((canary) => canary.keyId === keyId)) return;
  const sealed = vault.canary.seal(TEXT, placeOf(keyId));
  await sql`
    insert into data_key_canary ${sql({ keyId, sealed })}
    on conflict do nothing`;
}

/** Nothing is sealed with other keys any more: they may be thrown away. */
export async function replaceCanaries(sql: Sql, vault: Vault): Promise<void> {
  await sql.begin(async (sql) => {
    await placeCanary(sql, vault);
    await sql`delete from data_key_canary where key_id <> ${vault.keyId}`;
  });
}

async function readCanaries(sql: Queries): Promise<Canary[]> {
  return await sql<Canary[]>`select key_id, sealed from data_key_canary`;
}

function requireAll(canaries: readonly Canary[], vault: Vault): void {
  const closed = canaries.filter(({ keyId, sealed }) =>
    vault.canary.open(sealed, placeOf(keyId)) !== TEXT
  );
  const [first] = closed;
  if (!first) return;
  throw closed.length === canaries.length
    ? missing(`that one has the id ${first.keyId}, this one ${vault.keyId}`)
    : new OwnerError(
      "canary",
      "DATA_KEY_PREVIOUS",
      `is missing: numbers are still sealed with the key ${first.keyId} ` +
        "(deno task rotate seals them anew)",
    );
}

function missing(why: string): OwnerError {
  return new OwnerError(
    "canary",
    "DATA_KEY",
    `is not the key of this database: ${why}`,
  );
}

/** Without a canary yet: whether the newest numbers say that the key is right. */
async function opensNumbers(sql: Queries, vault: Vault): Promise<boolean> {
  const found = [
    ...await tryOrderNumbers(sql, vault, SAMPLE),
    ...await tryContactNumbers(sql, vault, SAMPLE),
  ];
  return found.length === 0 || found.includes(true);
}

function placeOf(keyId: string) {
  return { table: "data_key_canary", row: keyId };
}
