/**
 * What the database has of the code's migrations. Migrations only add, so code
 * runs on every schema that has all of its own, newer ones included: that is how
 * a release is rolled back, and how two run side by side.
 */
import { type Queries, sqlState } from "./database.ts";
import { type Migration, readMigrations } from "./migration_files.ts";

/** `older`: something is missing that the code needs. */
export type SchemaState = "current" | "older" | "newer";

const UNDEFINED_TABLE = "42P01";

let files: Promise<Migration[]> | undefined;

/** The state for this code, or for other migrations in their place. */
export async function schemaState(
  sql: Queries,
  migrations?: readonly Migration[],
): Promise<SchemaState> {
  // Files that could not be read once are read again.
  files ??= readMigrations().catch((error) => {
    files = undefined;
    throw error;
  });
  const [applied, wanted] = await Promise.all([
    readApplied(sql),
    migrations ?? files,
  ]);
  if (wanted.some(({ name }) => !applied?.has(name))) return "older";
  const ours = new Set(wanted.map(({ name }) => name));
  return [...applied?.keys() ?? []].every((name) => ours.has(name))
    ? "current"
    : "newer";
}

/** Name → checksum of what was applied; null when nothing ever was. */
export async function readApplied(
  sql: Queries,
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const rows = await sql<{ name: string; checksum: string }[]>`
      select name, checksum from schema_migration`;
    return new Map(rows.map(({ name, checksum }) => [name, checksum]));
  } catch (error) {
    if (sqlState(error) === UNDEFINED_TABLE) return null;
    throw error;
  }
}
