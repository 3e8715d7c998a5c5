/**
 * The cache over a Postgres table, for several processes on one host and for places without durable KV.
 * Each operation is one statement, so it is atomic without a transaction. The app's clock decides on
 * expiry and is passed in, so tests can move it. Rows are removed by `sweepCache`, not while reading.
 */
import type { Sql } from "./database.ts";
import type { CacheStore, Lease } from "./cache.ts";

export interface PostgresCacheDeps {
  readonly sql: Sql;
  /** ms since epoch. */
  now(): number;
}

interface Row {
  value: string;
  at: number;
}

export function createPostgresCache(
  { sql, now }: PostgresCacheDeps,
): CacheStore {
  async function remove(key: string, value: string): Promise<boolean> {
    const rows = await sql`
      delete from cache_entry where key = ${key} and value = ${value} returning key`;
    return rows.length > 0;
  }

  return {
    async get(key) {
      const [row] = await sql<Row[]>`
        select value, ${epochMs(sql)} as at from cache_entry
        where key = ${`value/${key}`} and expires_at > ${
        time(now())
      }::timestamptz`;
      return row === undefined ? null : { value: row.value, expiresAt: row.at };
    },

    async set(key, value, expiresAt) {
      await sql`
        insert into cache_entry (key, value, expires_at)
        values (${`value/${key}`}, ${value}, ${time(expiresAt)}::timestamptz)
        on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at`;
    },

    async swap(key, seen, value, expiresAt) {
      const present = time(now());
      const until = time(expiresAt);
      const rows = seen === null
        ? await sql`
          insert into cache_entry (key, value, expires_at)
          values (${`value/${key}`}, ${value}, ${until}::timestamptz)
          on conflict (key) do update
            set value = excluded.value, expires_at = excluded.expires_at
            where cache_entry.expires_at <= ${present}::timestamptz
          returning key`
        : await sql`
          update cache_entry
          set value = ${value}, expires_at = ${until}::timestamptz
          where key = ${`value/${key}`} and value = ${seen}
            and expires_at > ${present}::timestamptz
          returning key`;
      return rows.length > 0;
    },

    deleteIf: (key, value) => remove(`value/${key}`, value),

    async acquire(key, ttlMs): Promise<Lease | null> {
      const place = `lease/${key}`;
      const holder = crypto.randomUUID();
      const rows = await sql`
        insert into cache_entry (key, value, expires_at)
        values (${place}, ${holder}, ${time(now() + ttlMs)}::timestamptz)
        on conflict (key) do update set value = excluded.value, expires_at = excluded.expires_at
        where cache_entry.expires_at <= ${time(now())}::timestamptz
        returning key`;
      return rows.length === 0
        ? null
        : { release: async () => void await remove(place, holder) };
    },

    async hit(key, windowMs) {
      const present = time(now());
      const [row] = await sql<Row[]>`
        insert into cache_entry as c (key, value, expires_at)
        values (${`window/${key}`}, '1', ${time(now() + windowMs)}::timestamptz)
        on conflict (key) do update set
          value = case when c.expires_at <= ${present}::timestamptz then '1'
                  else (c.value::bigint + 1)::text end,
          expires_at = case when c.expires_at <= ${present}::timestamptz then excluded.expires_at
                       else c.expires_at end
        returning value, ${epochMs(sql)} as at`;
      if (row === undefined) throw new Error("Cache window was not written");
      return { count: Number(row.value), resetAt: row.at };
    },
  };
}

/** Deletes what has run out; answers how many rows. Cheap enough for an hourly job. */
export async function sweepCache(
  { sql, now }: PostgresCacheDeps,
): Promise<number> {
  const { count } = await sql`
    delete from cache_entry where expires_at <= ${time(now())}::timestamptz`;
  return count;
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** As a number, so that no client-side date type or column-name transform matters. */
function epochMs(sql: Sql) {
  return sql`round(extract(epoch from expires_at) * 1000)::float8`;
}
