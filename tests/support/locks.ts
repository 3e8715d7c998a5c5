/** A table that nobody gets at: what a migration by hand does, or a long report. */
import { Secret } from "../../lib/config/secret.ts";
import { openDatabase } from "../../lib/store/database.ts";

/** Runs `fn` while nobody else gets at the table; `release` lets them earlier. */
export async function withLocked(
  url: string,
  table: string,
  fn: (release: () => void) => Promise<void>,
): Promise<void> {
  const options = { url: new Secret(url), dataDir: "", max: 1 };
  const { sql, close } = await openDatabase(options);
  const over = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const holding = sql.begin(async (sql) => {
    await sql`lock table ${sql(table)} in access exclusive mode`;
    held.resolve();
    await over.promise;
  });
  try {
    await Promise.race([held.promise, holding]);
    await fn(over.resolve);
  } finally {
    over.resolve();
    await holding;
    await close();
  }
}
