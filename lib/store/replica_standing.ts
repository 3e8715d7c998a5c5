/**
 * What the two servers say of themselves. A standby is a copy of the primary byte
 * by byte: it has the system identifier of its cluster and the same number for the
 * database, which no restored dump and no other database has.
 */
import { type Queries, sqlState } from "./database.ts";
import type { Replayed } from "./replica_lag.ts";

export interface Identity {
  /** null where roles may not ask for it. */
  system: string | null;
  database: string;
}

export interface PrimaryStanding extends Identity {
  /** In the log, bytes. */
  position: number;
}

export interface ReplicaStanding extends Identity, Replayed {
  standby: boolean;
}

const INSUFFICIENT_PRIVILEGE = "42501";

export interface Standing {
  /** Throws while the primary is none. */
  ofPrimary(sql: Queries): Promise<PrimaryStanding>;
  /** Inside a transaction too. */
  ofReplica(sql: Queries): Promise<ReplicaStanding>;
}

export function createStanding(): Standing {
  // Some providers keep the identifier from those who use their servers.
  let mayIdentify = true;

  const identity = (sql: Queries) =>
    sql`${
      mayIdentify
        ? sql`(select system_identifier::text from pg_control_system())`
        : sql`null::text`
    } as system,
      (select oid::text from pg_database where datname = current_database())
        as database`;

  async function askPrimary(sql: Queries): Promise<PrimaryStanding> {
    const [row] = await sql<PrimaryStanding[]>`
      select (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 as position,
        ${identity(sql)}`;
    if (!row) throw new Error("The primary says nothing of itself");
    return row;
  }

  return {
    async ofPrimary(sql) {
      try {
        return await askPrimary(sql);
      } catch (error) {
        if (!mayIdentify || sqlState(error) !== INSUFFICIENT_PRIVILEGE) {
          throw error;
        }
        mayIdentify = false;
        return await askPrimary(sql);
      }
    },
    async ofReplica(sql) {
      const [row] = await sql<ReplicaStanding[]>`
        select pg_is_in_recovery() as standby,
          (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::float8 as position,
          (extract(epoch from
            clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000)::float8
            as commit_age_ms,
          ${identity(sql)}`;
      if (!row) throw new Error("The replica says nothing of itself");
      return row;
    },
  };
}

export function isCopy(replica: Identity, primary: Identity): boolean {
  return replica.database === primary.database &&
    (replica.system === primary.system || replica.system === null ||
      primary.system === null);
}
