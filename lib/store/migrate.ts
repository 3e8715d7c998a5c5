/**
 * Applies what is missing, each file in a transaction of its own under an
 * advisory lock that ends with it, so that two machines may run it at the same
 * time, through a transaction pooler too. A file that changed after it was
 * applied stops the run. When nothing is missing nothing is written or locked:
 * a role without rights to create may run it then.
 */
import { buildIndex, isConcurrent } from "./concurrent_index.ts";
import { type Sql, sqlState } from "./database.ts";
import { checksum, type Migration } from "./migration_files.ts";
import { readApplied } from "./schema_state.ts";

export { type Migration, readMigrations } from "./migration_files.ts";

/** Any number; the same for all runners of this product. */
const LOCK = 7_205_120;
const INSUFFICIENT_PRIVILEGE = "42501";

/** For a person: why the schema is not brought up to date. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/**
 * Applies what is missing and returns the names of what it applied.
 * Throws when an applied file has another checksum than it had then, and when
 * the role has no rights for what is missing.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly Migration[],
): Promise<string[]> {
  const before = await readApplied(sql);
  const missing: Migration[] = [];
  for (const migration of migrations) {
    const known = before?.get(migration.name);
    if (known === undefined) missing.push(migration);
    else await expectUnchanged(migration, known);
  }
  if (missing.length === 0) return [];
  const applied: string[] = [];
  try {
    if (!before) await createList(sql);
    for (const migration of missing) {
      const fresh = isConcurrent(migration)
        ? await applyConcurrent(sql, migration)
        : await applyInTransaction(sql, migration);
      if (fresh) applied.push(migration.name);
    }
  } catch (cause) {
    if (sqlState(cause) !== INSUFFICIENT_PRIVILEGE) throw cause;
    throw new MigrationError(
      `${missing.length} 个迁移尚未应用，而当前数据库角色无权执行：请用拥有这些表的角色运行 deno task migrate`,
      { cause },
    );
  }
  return applied;
}

async function createList(sql: Sql): Promise<void> {
  await sql.begin(async (sql) => {
    // `create table if not exists` is not safe against itself.
    await sql`select pg_advisory_xact_lock(${LOCK})`;
    await sql`
      create table if not exists schema_migration (
        name text primary key,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`;
  });
}

/** Tells whether it was this runner that applied it. */
async function applyInTransaction(
  sql: Sql,
  migration: Migration,
): Promise<boolean> {
  const { name, text } = migration;
  return await sql.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(${LOCK})`;
    const known = (await readApplied(sql))?.get(name);
    if (known !== undefined) {
      await expectUnchanged(migration, known);
      return false;
    }
    await sql.unsafe(text).simple();
    await sql`
      insert into schema_migration ${
      sql({ name, checksum: await checksum(migration) })
    }`;
    return true;
  });
}

/** An index that is there and valid is what is wanted, whoever built it. */
async function applyConcurrent(
  sql: Sql,
  migration: Migration,
): Promise<boolean> {
  await buildIndex(sql, migration);
  const row = { name: migration.name, checksum: await checksum(migration) };
  const { count } = await sql`
    insert into schema_migration ${sql(row)} on conflict (name) do nothing`;
  return count > 0;
}

async function expectUnchanged(
  migration: Migration,
  known: string,
): Promise<void> {
  if (await checksum(migration) === known) return;
  throw new MigrationError(
    `Cannot migrate: ${migration.name} was changed after it had been applied`,
  );
}
