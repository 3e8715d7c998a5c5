/** The statements by which events get into the inbox. */
import type { Sql } from "../store/database.ts";
import type { SealedCode } from "./welcome_code.ts";
import { MOST_IDLE_MS } from "./task_queue.ts";

export interface NewEvent {
  key: string;
  subject: string;
  /** JSON, without the welcome code. */
  fields: string;
  welcome: SealedCode | null;
  receivedAt: string;
  readyAt: string;
  /** Can two different changes give two equal events? */
  repeatable: boolean;
}

/** Returns the keys that are new. */
export async function insertEvents(
  sql: Sql,
  rows: readonly NewEvent[],
): Promise<Set<string>> {
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

/**
 * If an instance's clock is ahead, an event may have been settled too early by
 * this much.
 */
const SETTLED_LATELY = "1 minute";

/**
 * Handles events that came again. A reading that is under way does not settle
 * them any more, nor one that begins before the lag of the last arrival is
 * over. An event that was settled a moment ago is due once more. Returns the
 * keys of the latter.
 */
export async function repeatEvents(
  sql: Sql,
  rows: readonly NewEvent[],
): Promise<Set<string>> {
  const woken = await sql.begin(async (sql) => {
    // Locks the task before its events, in the same order as settling does,
    // also tasks that are settled and gone; so two instances do not wait for
    // each other.
    await sql`
      insert into inbox_task as task (subject, due_at)
      select event.subject, min(given.ready_at)
      from unnest(
        ${rows.map((row) => row.key)}::text[],
        ${rows.map((row) => row.receivedAt)}::timestamptz[],
        ${rows.map((row) => row.readyAt)}::timestamptz[]
      ) as given (key, received_at, ready_at)
      join inbox_event event on event.dedupe_key = given.key
      where event.settled_at is null or event.settled_at > given.received_at
        - ${SETTLED_LATELY}::text::interval
      group by event.subject order by event.subject
      on conflict (subject) do update set due_at = task.due_at
      returning set_config('idle_in_transaction_session_timeout',
        ${String(MOST_IDLE_MS)}, true)`;
    return await sql<{ key: string }[]>`
      with given as (
        select key, max(received_at) as received_at, max(ready_at) as ready_at
        from unnest(
          ${rows.map((row) => row.key)}::text[],
          ${rows.map((row) => row.receivedAt)}::timestamptz[],
          ${rows.map((row) => row.readyAt)}::timestamptz[]
        ) as given (key, received_at, ready_at)
        group by key
      ), waiting as (
        update inbox_event event set arrivals = arrivals + 1,
          received_at = greatest(event.received_at, given.received_at),
          ready_at = greatest(event.received_at, given.received_at)
            + (given.ready_at - given.received_at)
        from given where event.dedupe_key = given.key
          and event.settled_at is null
        returning event.subject, event.ready_at
      ), woken as (
        update inbox_event event set arrivals = arrivals + 1,
          settled_at = null, received_at = given.received_at,
          ready_at = given.ready_at
        from given where event.dedupe_key = given.key
          and event.settled_at > given.received_at
            - ${SETTLED_LATELY}::text::interval
        returning event.dedupe_key, event.subject, event.ready_at
      ), again as (
        select subject, min(ready_at) as ready_at from (
          select subject, ready_at from waiting
          union all select subject, ready_at from woken
        ) each group by subject
      ), queued as (
        update inbox_task task set due_at = least(task.due_at, again.ready_at)
        from again where task.subject = again.subject
      )
      select dedupe_key as key from woken`;
  });
  return new Set(woken.map((row) => row.key));
}
