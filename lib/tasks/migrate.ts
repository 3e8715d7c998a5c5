/**
 * `deno task migrate`: brings `DATABASE_URL` up to date. Safe to run twice and
 * from two machines at once. It needs no other variable, so that a platform
 * can run it before the rest is configured.
 */
import { ConfigError, migrationUrl, type Secret } from "../config/mod.ts";
import { openDatabase } from "../store/database.ts";
import { migrate, readMigrations } from "../store/migrate.ts";

/** Returns the names of the migrations it applied. */
export async function applyMigrations(url: Secret): Promise<string[]> {
  const database = await openDatabase({ url, dataDir: "", max: 1 });
  try {
    return await migrate(database.sql, await readMigrations());
  } finally {
    await database.close();
  }
}

/** Does what is due and answers what was done, for a person. */
async function run(): Promise<string> {
  const url = migrationUrl((name) => Deno.env.get(name));
  if (!url) {
    return "DATABASE_URL 未设置：内置数据库在启动时自动迁移，无需此命令";
  }
  const applied = await applyMigrations(url);
  return applied.length === 0
    ? "数据库已是最新"
    : `已应用：${applied.join("、")}`;
}

if (import.meta.main) {
  // deno-lint-ignore no-console -- for the person at the terminal
  const say = (line: string) => console.log(line);
  try {
    say(await run());
  } catch (error) {
    if (error instanceof ConfigError) say(error.message);
    else say(`迁移失败：${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
