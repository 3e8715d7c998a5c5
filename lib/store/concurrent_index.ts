/**
 * An index on a big table, built without locking writes: `create index
 * concurrently` cannot run inside a transaction, so it is a migration of its own
 * (`….concurrent.sql`, one statement), and no lock of ours can be held while it
 * runs, least of all through a transaction pooler. The catalog tells instead: a
 * valid index is done, one that a session is building is waited for, and an
 * invalid one that nobody builds was cut in the middle and is built again.
 */
import { isOutage, type Sql, sqlState } from "./database.ts";
import type { Migration } from "./migration_files.ts";

const SUFFIX = ".concurrent.sql";
const STATEMENT =
  /^create (?:unique )?index concurrently if not exists ([a-z_][a-z0-9_]*)\s+on ([a-z_][a-z0-9_]*)\s[^;]+;?$/;
const DEADLOCK = "40P01";
const ATTEMPTS = 5;
const PAUSE_MS = 500;

export function isConcurrent({ name }: Migration): boolean {
  return name.endsWith(SUFFIX);
}

/**
 * Returns when the index is there and valid. Runs as long as the build takes.
 * Throws when the file is no such statement, and what the build throws.
 */
export async function buildIndex(
  sql: Sql,
  migration: Migration,
): Promise<void> {
  const { statement, index, table } = read(migration);
  for (let failures = 0;;) {
    switch (await stateOf(sql, index, table)) {
      case "valid":
        return;
      case "building":
        await pause();
        continue;
      case "invalid":
        await sql.unsafe(`drop index concurrently if exists ${index}`).simple();
        continue;
      case "absent":
        try {
          await sql.unsafe(statement).simple();
        } catch (error) {
          // Two that begin in the same instant wait for each other: one yields.
          const again = sqlState(error) === DEADLOCK || isOutage(error);
          if (!again || ++failures >= ATTEMPTS) throw error;
          await pause();
        }
    }
  }
}

/** The statement without its comments, and what it names. */
function read({ name, text }: Migration) {
  const statement = text.replaceAll(/--[^\n]*/g, "").replaceAll(/\s+/g, " ")
    .trim();
  const [, index, table] = STATEMENT.exec(statement) ?? [];
  if (index && table) return { statement, index, table };
  throw new Error(
    `Cannot migrate: ${name} must be one "create index concurrently if not exists NAME on TABLE …"`,
  );
}

async function stateOf(
  sql: Sql,
  index: string,
  table: string,
): Promise<"valid" | "building" | "invalid" | "absent"> {
  const [row] = await sql<{ valid: boolean | null; building: boolean }[]>`
    select
      (select indisvalid from pg_index
       where indexrelid = to_regclass(${index})) as valid,
      exists (select from pg_stat_progress_create_index
              where datname = current_database()
                and relid = to_regclass(${table})) as building`;
  if (row?.valid) return "valid";
  if (row?.building) return "building";
  return row?.valid === false ? "invalid" : "absent";
}

function pause(): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, PAUSE_MS * (0.5 + Math.random()))
  );
}
