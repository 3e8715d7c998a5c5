/**
 * `deno task migrate`: brings `DATABASE_URL` up to date. Safe to run twice and
 * from two machines at the same time. It needs no other variable, so that a
 * platform can run it before the rest is configured; a company that is named by
 * then must be the one that the database belongs to. Deno Deploy runs it on the
 * timelines of branches too: there it leaves the database alone.
 */
import {
  companyMeant,
  ConfigError,
  type Environment,
  foreignTimeline,
  migrationUrl,
  processEnvironment,
  type Secret,
} from "../config/mod.ts";
import { refuseEncoding } from "../owner/encoding.ts";
import { refuseStranger } from "../owner/mark.ts";
import type { Owner } from "../owner/owner.ts";
import { openDatabase } from "../store/database.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import { insist } from "./insist.ts";
import { say } from "./terminal.ts";

/**
 * Returns the names of the migrations it applied. Throws `OwnerError` when the
 * database is not in UTF-8, and when it is not the owner's; null: nobody is said
 * to be it.
 */
export async function applyMigrations(
  url: Secret,
  owner: Owner | null,
): Promise<string[]> {
  const database = await openDatabase({ url, dataDir: "", max: 1 });
  try {
    await refuseEncoding(database.sql, "DATABASE_URL");
    if (owner) await refuseStranger(database.sql, owner);
    return await migrate(database.sql, await readMigrations());
  } finally {
    await database.close();
  }
}

/** Does what is due and answers what was done, for a person. */
async function run(environment: Environment): Promise<string> {
  const url = migrationUrl(environment);
  if (!url) {
    return "DATABASE_URL 未设置：内置数据库在启动时自动迁移，无需此命令";
  }
  const timeline = foreignTimeline(environment);
  if (timeline) {
    return `没有迁移：当前时间线是 ${timeline}，不是 production，DATABASE_URL 可能是生产数据库。` +
      "如果分支有自己的数据库，请在 Development 环境设置 MIGRATE_BRANCHES=1";
  }
  const company = companyMeant(environment);
  const owner: Owner | null = company &&
    { ...company, database: "DATABASE_URL" };
  const applied = await insist(() => applyMigrations(url, owner));
  return applied.length === 0
    ? "数据库已是最新"
    : `已应用：${applied.join("、")}`;
}

if (import.meta.main) {
  try {
    say(await run(processEnvironment));
  } catch (error) {
    if (error instanceof ConfigError) say(error.message);
    else say(`迁移失败：${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
