/**
 * A database knows whose it is: mode and company are written into it at the
 * first start, and another company or the sandbox refuses to start on it. The
 * sandbox on a company's orders would show them to whoever picks a name, and
 * its first sync would end every relation of the company's staff.
 */
import type { Company } from "../config/mod.ts";
import type { Queries, Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { placeCanary } from "./canary.ts";
import { refuseEncoding } from "./encoding.ts";
import { OwnerError } from "./error.ts";
import type { Owner } from "./owner.ts";
import { refuseUnmarked } from "./unmarked.ts";

/** Any number; the same for all processes of this product. */
const LOCK = 7_205_121;

/**
 * Marks a database that has no mark, and checks one that has; the same with the
 * canary of `DATA_KEY`. Processes that start at the same time do it one after
 * the other. Throws `OwnerError`.
 */
export async function claimDatabase(
  sql: Sql,
  owner: Owner,
  vault: Vault,
): Promise<void> {
  await refuseEncoding(sql, owner.database);
  if (!await isMarkable(sql)) {
    throw new OwnerError(
      "schema",
      owner.database,
      "is not migrated: run deno task migrate",
    );
  }
  await sql.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`;
    await refuseStranger(sql, owner);
    const { mode, corpId } = owner;
    await sql`
      insert into database_owner ${sql({ mode, corpId })}
      on conflict do nothing`;
    await placeCanary(sql, vault);
  });
}

/**
 * Throws `OwnerError` when the database is somebody else's. Reads only, and of
 * any schema, so that a stranger is refused before it migrates.
 */
export async function refuseStranger(
  sql: Queries,
  owner: Owner,
): Promise<void> {
  if (await isMarkable(sql)) {
    const marked = await readMark(sql);
    if (marked) return compare(marked, owner);
  }
  await refuseUnmarked(sql, owner);
}

/**
 * For a replica that is no copy of the owner's database. Throws `OwnerError` that
 * says whose it is, as far as it has a mark.
 */
export async function refuseReplica(
  sql: Queries,
  owner: Owner,
): Promise<never> {
  const database = "DATABASE_REPLICA_URL";
  const marked = await isMarkable(sql) ? await readMark(sql) : null;
  if (marked) compare(marked, { ...owner, database });
  throw new OwnerError(
    "company",
    database,
    "leads to a database that is no replica of the one of DATABASE_URL",
  );
}

/** For `/readyz`: the database that is there now has our mark. */
export async function checkCompany(sql: Queries, owner: Owner): Promise<void> {
  const marked = await readMark(sql);
  if (!marked) {
    throw new OwnerError(
      "company",
      owner.database,
      "has lost the mark that says whose it is: it is another database",
    );
  }
  compare(marked, owner);
}

async function readMark(sql: Queries): Promise<Company | null> {
  const [row] = await sql<Company[]>`select mode, corp_id from database_owner`;
  return row ?? null;
}

/** Whether the migration that brings the mark was applied. */
async function isMarkable(sql: Queries): Promise<boolean> {
  const [row] = await sql<{ there: boolean }[]>`
    select to_regclass('database_owner') is not null as there`;
  return row?.there ?? false;
}

function compare(marked: Company, owner: Owner): void {
  const { database } = owner;
  if (marked.mode !== owner.mode) {
    throw new OwnerError(
      "company",
      database,
      marked.mode === "wecom"
        ? `belongs to the company ${marked.corpId}: the sandbox does not ` +
          "start on it (set the WECOM_ variables, or another " + database + ")"
        : "belongs to the sandbox: its demo rows must not stand beside a " +
          `company's (another ${database} for ${owner.corpId})`,
    );
  }
  if (marked.corpId !== owner.corpId) {
    throw new OwnerError(
      "company",
      database,
      `belongs to the company ${marked.corpId}, and WECOM_CORP_ID is ` +
        owner.corpId,
    );
  }
}
