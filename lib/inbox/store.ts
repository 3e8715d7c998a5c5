/**
 * Takes events in. What arrives while an insert is under way goes with the next
 * one, all in one statement: in a storm the answers wait for two statements at
 * most, however many come at once, even on the one session of an embedded
 * database.
 */
import type { Sql } from "../store/database.ts";
import type { CallbackEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { dedupeKey, READY_MS, subjectOf } from "./dedupe.ts";

/** Rows of one statement. */
const MOST = 200;

/** false: it was there already. Rejects when it could not be stored. */
export type Store = (fields: Fields, event: CallbackEvent) => Promise<boolean>;

interface Row {
  key: string;
  subject: string;
  /** JSON, without the welcome code: a secret for 20 s that nobody needs later. */
  fields: string;
  receivedAt: string;
  readyAt: string;
}

interface Waiting extends PromiseWithResolvers<boolean> {
  row: Row;
}

export function createStore(deps: { sql: Sql; now: () => number }): Store {
  const { sql, now } = deps;
  let waiting: Waiting[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      await write(batch);
    }
    writing = false;
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    try {
      const fresh = await insert(sql, batch.map((one) => one.row));
      // Of two that are the same, the first is the one that is new.
      for (const one of batch) one.resolve(fresh.delete(one.row.key));
    } catch (error) {
      // One that the database refuses must not take the others with it.
      if (batch.length > 1) { for (const one of batch) await write([one]); }
      else for (const one of batch) one.reject(error);
    }
  }

  return (fields, event) => {
    const { WelcomeCode: _secret, ...kept } = fields;
    const arrival = now();
    const one = {
      ...Promise.withResolvers<boolean>(),
      row: {
        key: dedupeKey(fields),
        subject: subjectOf(event),
        fields: JSON.stringify(kept),
        receivedAt: new Date(arrival).toISOString(),
        readyAt: new Date(arrival + READY_MS[event.kind]).toISOString(),
      },
    };
    waiting.push(one);
    if (!writing) void writeAll();
    return one.promise;
  };
}

/** Returns the keys that are new. */
async function insert(sql: Sql, rows: readonly Row[]): Promise<Set<string>> {
  // One statement, since an event without its task would never be settled. Rows
  // are locked in the order of their keys, so that two instances do not wait for
  // each other.
  const fresh = await sql<{ key: string }[]>`
    with given as (
      select * from unnest(
        ${rows.map((row) => row.key)}::text[],
        ${rows.map((row) => row.subject)}::text[],
        ${rows.map((row) => row.fields)}::text[],
        ${rows.map((row) => row.receivedAt)}::timestamptz[],
        ${rows.map((row) => row.readyAt)}::timestamptz[]
      ) as given (key, subject, fields, received_at, ready_at)
    ), stored as (
      insert into inbox_event
        (dedupe_key, subject, fields, received_at, ready_at)
      select key, subject, fields::jsonb, received_at, ready_at from given
      order by key
      on conflict (dedupe_key) do nothing
      returning dedupe_key, subject, ready_at
    ), queued as (
      insert into inbox_task as task (subject, due_at)
      select subject, min(ready_at) from stored
      group by subject order by subject
      on conflict (subject) do update set
        due_at = least(task.due_at, excluded.due_at),
        attempts = case when task.died_at is null then task.attempts else 0 end,
        died_at = null
    )
    select dedupe_key as key from stored`;
  return new Set(fresh.map((row) => row.key));
}
