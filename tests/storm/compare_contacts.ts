/** The mirror of contacts against the world. */
import type { Sql } from "../../lib/store/database.ts";
import type { Vault } from "../../lib/store/vault.ts";
import { normalisePhones } from "../../lib/contacts/phone.ts";
import type { World } from "../../lib/sandbox/mod.ts";
import type { Company } from "./company.ts";
import { byCode, type Difference } from "./compare.ts";

/** What a page said is not there, though it was there all the time. */
export function vanishedContacts(orders: Iterable<string>): Difference[] {
  return [...orders].map((subject) => ({
    kind: "contacts",
    subject,
    detail: "the customer was not found, though a contact all the time",
  }));
}

/** What the mirror says is gone, though it was there all the time. */
export async function droppedContacts(
  sql: Sql,
  world: World,
): Promise<Difference[]> {
  const rows = await sql<{ wxUserId: string; externalUserId: string }[]>`
    select wx_user_id, external_user_id from contact_follow
    where deleted_at is not null`;
  return rows.filter((row) =>
    world.state.follows.get(row.wxUserId)?.has(row.externalUserId)
  ).map((row): Difference => ({
    kind: "contacts",
    subject: row.wxUserId,
    detail: `dropped ${row.externalUserId}, who is there`,
  }));
}

/** Every contact, remark and number of all our staff, after a last reading. */
export async function compareContacts(
  sql: Sql,
  vault: Vault,
  world: World,
  company: Company,
): Promise<{ differences: Difference[]; contacts: number }> {
  const rows = await sql<
    {
      wxUserId: string;
      externalUserId: string;
      remark: string;
      hashes: string[];
    }[]
  >`
    select f.wx_user_id, f.external_user_id, f.remark,
      coalesce((select array_agg(p.phone_hash) from contact_phone p
        where p.wx_user_id = f.wx_user_id
          and p.external_user_id = f.external_user_id), '{}') as hashes
    from contact_follow f where f.deleted_at is null`;
  const mirrored = Map.groupBy(rows, (row) => row.wxUserId);
  const differences: Difference[] = [];
  for (const { wxUserId } of company.staff) {
    const differ = (detail: string) =>
      differences.push({ kind: "contacts", subject: wxUserId, detail });
    const follows = world.state.follows.get(wxUserId) ?? new Map();
    const ours = new Map(
      (mirrored.get(wxUserId) ?? []).map((row) => [row.externalUserId, row]),
    );
    for (const [id, follow] of follows) {
      const row = ours.get(id);
      const numbers: string[] = follow.remarkMobiles.flatMap(normalisePhones);
      const hashes = [...new Set(numbers.map(vault.index))].sort(byCode);
      if (!row) differ(`lacks ${id}`);
      else if (String(row.hashes.sort(byCode)) !== String(hashes)) {
        differ(`other numbers of ${id}`);
      } else if (row.remark !== follow.remark) {
        differ(`${row.remark} instead of ${follow.remark} for ${id}`);
      }
    }
    for (const id of ours.keys()) {
      if (!follows.has(id)) differ(`still has ${id}`);
    }
  }
  return { differences, contacts: rows.length };
}
