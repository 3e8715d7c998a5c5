import type { Sql } from "../../lib/store/database.ts";

/** The test's database is migrated: its schema is put aside. */
export async function emptied(sql: Sql): Promise<void> {
  await sql`alter schema public rename to aside`;
  await sql`create schema public`;
}
