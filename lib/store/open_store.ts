/** What one process keeps its data in: opened together, and closed together. */
import type { Secret } from "../config/secret.ts";
import type { Log } from "../http/log.ts";
import type { CacheStore } from "./cache.ts";
import { type CacheHealth, createFallbackCache } from "./cache_fallback.ts";
import { createKvCache } from "./cache_kv.ts";
import { createPostgresCache } from "./cache_postgres.ts";
import { claimDataDir } from "./data_dir.ts";
import {
  isOutage,
  openDatabase,
  openForSearches,
  openReplica,
  type PoolHealth,
  type Queries,
  type Sql,
} from "./database.ts";
import { openKv } from "./kv.ts";
import { createReplica, type Replica, type StaleReads } from "./replica.ts";

export interface StoreOptions {
  /** null: embedded, in `dataDir`. */
  databaseUrl: Secret | null;
  /** A hot standby of that database; null: none. */
  replicaUrl: Secret | null;
  dataDir: string;
  /** `dataDir` holds more that is one process's own, such as a journal. */
  ownsDataDir: boolean;
  /** Where this process serves, for whoever finds `dataDir` in use. */
  address: string;
  cacheStore: "kv" | "postgres";
  /** undefined: the platform's own KV. */
  kvPath: string | undefined;
  /** What is done with the database before it is used; throws to refuse it. */
  prepare(sql: Sql): Promise<void>;
  /** `sql` is of a replica that is of another database: throws to say whose. */
  refuseReplica(sql: Sql): Promise<void>;
}

export interface StoreDeps {
  now: () => number;
  /** ms that never go back. */
  elapsed: () => number;
  random: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Log;
}

export interface Store {
  sql: Sql;
  /** For searches; may be the same. */
  searching: Sql;
  /** Lists and searches of everything, which a replica may answer. */
  staleReads: StaleReads;
  /** null: there is none. */
  replica: Pick<Replica, "health"> | null;
  poolHealth(): PoolHealth;
  cache: CacheStore;
  cacheHealth(): CacheHealth;
  close(): Promise<void>;
  /** Ends what is asked of the database, whoever waits for it. */
  hangUp(): void;
}

/** Throws `DataDirError` and what `prepare` throws, with nothing left open. */
export async function openStore(
  options: StoreOptions,
  deps: StoreDeps,
): Promise<Store> {
  const { databaseUrl: url, dataDir, address } = options;
  const closing: (() => unknown)[] = [];
  const close = async () => {
    while (closing.length > 0) await closing.pop()?.();
  };
  try {
    if (url && options.ownsDataDir) {
      const claim = await claimDataDir(dataDir, address);
      closing.push(() => claim.release());
    }
    const database = await openDatabase({ url, dataDir, address });
    closing.push(() => database.close());
    const { sql, health: poolHealth } = database;
    await options.prepare(sql);
    const searches = openForSearches(url);
    closing.push(() => searches?.close());
    const searching = searches?.sql ?? sql;
    const replica = options.replicaUrl &&
      await openVetted(options.replicaUrl, searching, options, deps);
    closing.push(() => replica?.close());
    const opened = {
      sql,
      searching,
      staleReads: replica ?? {
        lags: false,
        read: <T>(work: (sql: Queries) => Promise<T>) => work(searching),
      },
      replica,
      poolHealth,
      close,
      hangUp() {
        replica?.hangUp();
        searches?.hangUp();
        database.hangUp();
      },
    };
    if (options.cacheStore === "postgres") {
      const cache = createPostgresCache({ sql, now: deps.now });
      const cacheHealth = () => ({ store: "postgres" }) as const;
      return { ...opened, cache, cacheHealth };
    }
    const fallback = await createFallbackCache({
      ...deps,
      async open() {
        const kv = await openKv(options.kvPath, deps);
        return {
          cache: createKvCache({ ...deps, kv }),
          close: () => kv.close(),
        };
      },
    });
    closing.push(() => fallback.close());
    const { cache, health: cacheHealth } = fallback;
    return { ...opened, cache, cacheHealth };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A replica that is away now may come later, and is looked at before it is asked. */
async function openVetted(
  url: Secret,
  primary: Sql,
  { refuseReplica }: StoreOptions,
  { now, elapsed, log }: StoreDeps,
): Promise<Replica> {
  const pools = openReplica(url);
  const replica = createReplica({ ...pools, primary, now, elapsed, log });
  try {
    if (await replica.tryOut() === "foreign") {
      await refuseReplica(pools.probe.sql);
    }
  } catch (error) {
    // It went away meanwhile.
    if (isOutage(error)) return replica;
    await replica.close();
    throw error;
  }
  return replica;
}
