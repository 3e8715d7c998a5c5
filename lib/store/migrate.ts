/**
 * Forward-only migrations: `migrations/YYYYMMDDHHMMSS_verb_noun.sql`, each in a
 * transaction of its own under an advisory lock, so that two machines may run
 * it at once. A file that changed after it was applied stops the run.
 */
import type { Sql } from "postgres";

/** Any number; the same for all runners of this product. */
const LOCK = 7_205_120;

export interface Migration {
  name: string;
  text: string;
}

/** Reads the migration files in the order of their names. */
export async function readMigrations(
  directory = new URL("../../migrations/", import.meta.url),
): Promise<Migration[]> {
  const found: Migration[] = [];
  for await (const entry of Deno.readDir(directory)) {
    if (!entry.isFile || !entry.name.endsWith(".sql")) continue;
    const text = await Deno.readTextFile(new URL(entry.name, directory));
    found.push({ name: entry.name, text });
  }
  return found.sort((a, b) => a.name < b.name ? -1 : 1);
}

/**
 * Applies what is missing and returns the names of what it applied.
 * Throws when an applied file has another checksum than it had then.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly Migration[],
): Promise<string[]> {
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
  const applied: string[] = [];
  for (const { name, text } of migrations) {
    const checksum = await sha256(text);
    const fresh = await sql.begin(async (sql) => {
      await sql`select pg_advisory_xact_lock(${LOCK})`;
      const [row] = await sql<{ checksum: string }[]>`
        select checksum from schema_migration where name = ${name}`;
      if (row && row.checksum !== checksum) {
        throw new Error(
          `Cannot migrate: ${name} was changed after it had been applied`,
        );
      }
      if (row) return false;
      await sql.unsafe(text).simple();
      await sql`insert into schema_migration ${sql({ name, checksum })}`;
      return true;
    });
    if (fresh) applied.push(name);
  }
  return applied;
}

async function sha256(text: string): Promise<string> {
  // Line ends do not count: a checkout may have changed them.
  const bytes = new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
