/**
 * A migrated, empty database for one test: on the Postgres of
 * `TEST_DATABASE_URL` a database of its own (through the transaction pooler of
 * `TEST_POOLER_URL`, if there is one), else PGlite from a template that
 * is made once for a set of migrations (initdb under wasm takes seconds).
 */
import { copy, databaseDirectory } from "./files.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { startEmbedded } from "../../lib/store/embedded_server.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import { Secret } from "../../lib/config/secret.ts";

export interface TestDatabase extends Database {
  /** For further connections and other processes. */
  url: string;
}

/** Runs `fn` with a database that is gone afterwards. */
export async function withDatabase<T>(
  fn: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const server = Deno.env.get("TEST_DATABASE_URL");
  return server ? await onPostgres(server, fn) : await onPglite(fn);
}

/** A transaction pooler before the server of `TEST_DATABASE_URL`, to go through. */
const pooler = Deno.env.get("TEST_POOLER_URL");

/** Tells tests that no setting of a session lasts. */
export const throughPooler = pooler !== undefined;

/** Tells tests which of the two they run on. */
export const onRealPostgres = Deno.env.has("TEST_DATABASE_URL");

async function onPostgres<T>(
  server: string,
  fn: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const name = `test_${crypto.randomUUID().replaceAll("-", "")}`;
  const admin = await openDatabase({
    url: new Secret(server),
    dataDir: "unused",
    max: 1,
  });
  await admin.sql.unsafe(`create database ${name}`);
  const url = new URL(pooler ?? server);
  url.pathname = `/${name}`;
  const database = await openDatabase({
    url: new Secret(url.href),
    dataDir: "unused",
    max: 6,
  });
  try {
    await migrate(database.sql, await readMigrations());
    return await fn({ ...database, url: url.href });
  } finally {
    await database.close();
    await admin.sql.unsafe(`drop database ${name} with (force)`);
    await admin.close();
  }
}

async function onPglite<T>(
  fn: (database: TestDatabase) => Promise<T>,
): Promise<T> {
  const directory = await databaseDirectory("pglite-");
  await copy(await template(), directory);
  const embedded = await startEmbedded(directory);
  const database = await openDatabase({
    url: new Secret(embedded.url),
    dataDir: "unused",
    max: 6,
  });
  try {
    return await fn({ ...database, url: embedded.url });
  } finally {
    await database.close();
    await embedded.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

/** Made in a directory of its own, then renamed: two makers do not disturb. */
async function template(): Promise<string> {
  const migrations = await readMigrations();
  const text = migrations.map(({ name, text }) => name + text).join("\n");
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text),
  );
  const key = Array.from(
    new Uint8Array(digest).slice(0, 8),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  const root = new URL("../../node_modules/.cache/pglite/", import.meta.url);
  await Deno.mkdir(root, { recursive: true });
  const path = `${decodeURIComponent(root.pathname)}${key}`;
  try {
    await Deno.stat(path);
    return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const making = await Deno.makeTempDir({
    dir: decodeURIComponent(root.pathname),
  });
  const embedded = await startEmbedded(making);
  const database = await openDatabase({
    url: new Secret(embedded.url),
    dataDir: "unused",
    max: 1,
  });
  await migrate(database.sql, migrations);
  await database.close();
  await embedded.stop();
  try {
    await Deno.rename(making, path);
  } catch {
    // Another process was first; its template is the same.
    await Deno.remove(making, { recursive: true });
  }
  return path;
}
