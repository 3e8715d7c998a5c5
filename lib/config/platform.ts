/**
 * Where the program runs, and what a task may know before everything is
 * configured. Reads single variables and checks nothing else.
 */
import { Secret } from "./secret.ts";
import { type Environment, present } from "./values.ts";

/**
 * Whether this is Deno Deploy's production: crons would run on the timelines of
 * branches too, on the same company. Checks nothing else, since the platform
 * looks for crons while modules load.
 */
export function onProductionTimeline(environment: Environment): boolean {
  return present(environment("DENO_DEPLOY")) !== undefined &&
    environment("DENO_TIMELINE") === "production";
}

/** No platform starts modules here, or in a second timeline. */
export function onOwnHost(environment: Environment): boolean {
  return present(environment("DENO_DEPLOY")) === undefined;
}

/** The database alone, for the migration task; null when it is embedded. */
export function migrationUrl(environment: Environment): Secret | null {
  const url = present(environment("DATABASE_URL"));
  return url === undefined ? null : new Secret(url);
}
