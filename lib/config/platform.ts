/**
 * Where the program runs, and what a task may know before everything is
 * configured. Reads single variables and checks nothing else.
 */
import { ConfigError } from "./error.ts";
import { Secret } from "./secret.ts";
import { type Environment, present } from "./values.ts";
import { databaseUrl } from "./variables.ts";

/**
 * Whether this is a branch or a preview on Deno Deploy, which shares the company
 * with production.
 */
export function onBranchTimeline(
  environment: Environment = (name) => Deno.env.get(name),
): boolean {
  return present(environment("DENO_DEPLOY")) !== undefined &&
    environment("DENO_TIMELINE") !== "production";
}

/**
 * The name of the timeline whose `DATABASE_URL` is likely to be production's: Deno
 * Deploy runs the migration task for each branch and preview too. null where it
 * may migrate, or when `MIGRATE_BRANCHES` says that they have a database of
 * their own.
 */
export function foreignTimeline(environment: Environment): string | null {
  const timeline = present(environment("DENO_TIMELINE")) ?? "production";
  const own = present(environment("MIGRATE_BRANCHES")) === "1";
  return timeline === "production" || own ? null : timeline;
}

/**
 * The database alone, for the migration task; null when it is embedded. Throws
 * `ConfigError`.
 */
export function migrationUrl(environment: Environment): Secret | null {
  const url = present(environment("DATABASE_URL"));
  if (url === undefined) return null;
  const { error } = databaseUrl.safeParse(url);
  if (!error) return new Secret(url);
  throw new ConfigError(
    error.issues.map(({ message }) => ({
      name: "DATABASE_URL",
      problem: message,
    })),
  );
}
