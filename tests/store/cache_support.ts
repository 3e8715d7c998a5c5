/**
 * The stores under test, as several connections to one place: a KV file, or a
 * migrated database of its own. Everything is closed again.
 */
import { Secret } from "../../lib/config/secret.ts";
import type { CacheStore } from "../../lib/store/cache.ts";
import { createKvCache } from "../../lib/store/cache_kv.ts";
import { createPostgresCache } from "../../lib/store/cache_postgres.ts";
import { openKv } from "../../lib/store/kv.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { withDatabase } from "../support/database.ts";

export const sleep = (ms: number) =>
  new Promise<void>((done) => setTimeout(done, ms));

/** What another process needs to open the same place. */
export type Place =
  | { kind: "kv"; path: string }
  | { kind: "postgres"; url: string };

export interface Opened {
  cache: CacheStore;
  close(): Promise<void>;
}

export async function openPlace(
  place: Place,
  now: () => number,
): Promise<Opened> {
  if (place.kind === "kv") {
    const kv = await openKv(place.path, { random: Math.random, sleep });
    const cache = createKvCache({ kv, now, random: Math.random, sleep });
    return { cache, close: () => Promise.resolve(kv.close()) };
  }
  const { sql, close } = await connect(place.url);
  return { cache: createPostgresCache({ sql, now }), close };
}

export function connect(url: string): Promise<Database> {
  return openDatabase({ url: new Secret(url), dataDir: "unused", max: 3 });
}

export async function withKvFile(
  work: (place: Place) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "cache-" });
  try {
    await work({ kind: "kv", path: `${directory}/kv.sqlite3` });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

export async function withPostgres(
  work: (place: Place & { kind: "postgres" }) => Promise<void>,
): Promise<void> {
  await withDatabase(({ url }) => work({ kind: "postgres", url }));
}
