/**
 * A primary and a hot standby that follows it by streaming, both Debian's
 * Postgres 15, for one test. Tests that need them are there only where these
 * programs are, and where a real Postgres is wanted (`TEST_DATABASE_URL`) and
 * nothing is to go through a pooler: they start one of their own.
 */
import { Secret } from "../../lib/config/secret.ts";
import { type Database, openDatabase } from "../../lib/store/database.ts";
import { migrate, readMigrations } from "../../lib/store/migrate.ts";
import {
  BIN,
  type Cluster,
  createCluster,
  freePort,
} from "../storm/cluster.ts";
import { onRealPostgres, throughPooler } from "./database.ts";

export const hasStandby: boolean = onRealPostgres && !throughPooler &&
  await Deno
    .stat(`${BIN}/pg_basebackup`).then(() => true, () => false);

export interface Pair {
  primary: Cluster;
  standby: Cluster;
  /** As their superuser, past the product. */
  onPrimary: Database;
  onStandby: Database;
  /** The standby has replayed what the primary has written. */
  caughtUp(): Promise<void>;
  /** It shows nothing new any more, or goes on. */
  pauseReplay(paused: boolean): Promise<void>;
}

/** Runs `fn` with a migrated pair. */
export async function withStandby(
  fn: (pair: Pair) => Promise<void>,
): Promise<void> {
  const made: Cluster[] = [];
  const opened: Database[] = [];
  const start = async (primary?: string) => {
    const cluster = await createCluster(freePort(), { primary });
    made.push(cluster);
    await cluster.start();
    return cluster;
  };
  const open = async ({ url }: Cluster) => {
    const database = await openDatabase({
      url: new Secret(url),
      dataDir: "",
      max: 2,
    });
    opened.push(database);
    return database;
  };
  try {
    const primary = await start();
    const onPrimary = await open(primary);
    await migrate(onPrimary.sql, await readMigrations());
    const standby = await start(primary.url);
    const onStandby = await open(standby);
    await fn({
      primary,
      standby,
      onPrimary,
      onStandby,
      async caughtUp() {
        const [now] = await onPrimary.sql<{ lsn: string }[]>`
          select pg_current_wal_lsn()::text as lsn`;
        await until(async () => {
          const [row] = await onStandby.sql<{ there: boolean }[]>`
            select pg_last_wal_replay_lsn() >= ${now?.lsn ?? ""}::pg_lsn
              as there`;
          return row?.there ?? false;
        });
      },
      async pauseReplay(paused) {
        await onStandby.sql.unsafe(
          `select pg_wal_replay_${paused ? "pause" : "resume"}()`,
        );
        // It is asked for at once, and done when the replay looks.
        await until(async () => {
          const [row] = await onStandby.sql<{ state: string }[]>`
            select pg_get_wal_replay_pause_state() as state`;
          return row?.state === (paused ? "paused" : "not paused");
        });
      },
    });
  } finally {
    for (const database of opened) await database.close();
    for (const cluster of made.reverse()) await cluster.destroy();
  }
}

/** Waits for what comes; half a minute at most. */
export async function until(is: () => Promise<boolean>): Promise<void> {
  const late = performance.now() + 30_000;
  while (!await is()) {
    if (performance.now() > late) throw new Error("It does not come");
    await new Promise((go) => setTimeout(go, 20));
  }
}
