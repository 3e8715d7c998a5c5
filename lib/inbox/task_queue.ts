/**
 * The inbox in Postgres. A task is claimed for a while (`for update skip
 * locked`, so that instances do not wait for each other), and only the one who
 * still holds it can settle it: what a reading changed and the events that it
 * settles are one transaction, so an event is applied once, even if an instance
 * dies in between.
 */
import type { Sql, TransactionSql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { readEvent } from "../wecom/callback/event.ts";
import type { Fields } from "../wecom/callback/xml.ts";
import { type Arrived, type Recent, SURE_MS } from "./arrived.ts";
import type { Written } from "./outcome.ts";

/** Longer than the calls of one task take with all their retries. */
const LEASE_MS = 60_000;

/**
 * An instance that is frozen in the middle of a transaction must not keep a
 * task locked: whoever stores its next event would wait, and WeCom for the
 * answer.
 */
export const MOST_IDLE_MS = 10_000;

export interface Task {
  readonly subject: string;
  /** Turns so far, this one included. */
  readonly attempts: number;
  readonly lease: string;
  /**
   * The events that this turn settles, also those that this release cannot
   * read.
   */
  readonly claimed: readonly { readonly eventId: string; arrivals: number }[];
  readonly events: readonly Arrived[];
}

export interface TaskQueue {
  claim(most: number): Promise<Task[]>;
  /**
   * Runs `apply` and settles the events of this turn, except those in `again`.
   * false, with nothing done, when another has taken the task over, or `apply`
   * was stale: then the task is due immediately.
   */
  settle(
    task: Task,
    apply: (sql: TransactionSql) => Promise<Written>,
    again?: readonly string[],
  ): Promise<boolean>;
  /**
   * Gives the task back, to be due at `dueAt`; without an error the turn does
   * not count as failed.
   */
  postpone(task: Task, dueAt: number, error: string | null): Promise<void>;
  /** Gives up until somebody, or a new event, takes it up again. */
  bury(task: Task, error: string): Promise<void>;
  /** When the next task is due, ms since epoch; null without one. */
  nextDue(): Promise<number | null>;
  /** Removes what was settled before. Returns how many. */
  prune(before: number): Promise<number>;
}

interface EventRow {
  eventId: string;
  subject: string;
  fields: Fields;
  receivedAt: Date;
  arrivals: number;
}

export function createTaskQueue(deps: {
  sql: Sql;
  now: () => number;
  uuid: () => string;
}): TaskQueue {
  const { sql, now, uuid } = deps;

  async function eventsOf(subjects: string[], at: Date): Promise<EventRow[]> {
    return await sql<EventRow[]>`
      select event_id, subject, fields, received_at, arrivals
      from inbox_event
      where subject = any(${subjects}::text[]) and settled_at is null
        and ready_at <= ${at}
      order by event_id`;
  }

  return {
    // A task may be claimed when it is due and nobody has it: as it is indexed,
    // `greatest(due_at, leased_until)`, which is `due_at` without a lease.
    async claim(most) {
      const at = new Date(now());
      const lease = uuid();
      const rows = await sql<{ subject: string; attempts: number }[]>`
        with next as materialized (
          select subject from inbox_task
          where died_at is null and greatest(due_at, leased_until) <= ${at}
          order by greatest(due_at, leased_until) limit ${literal(sql, most)}
          for update skip locked
        )
        update inbox_task task set lease = ${lease},
          -- Whose process died at it did not fail: a dead letter is what could
          -- not be read, not what nobody came to read.
          attempts = case when task.leased_until is null
            then task.attempts + 1 else greatest(task.attempts, 1) end,
          leased_until = ${new Date(now() + LEASE_MS)}
        from next where task.subject = next.subject
        returning task.subject, task.attempts`;
      if (rows.length === 0) return [];
      const events = await eventsOf(rows.map((row) => row.subject), at);
      return rows.map((row): Task => {
        const mine = events.filter((event) => event.subject === row.subject);
        return {
          ...row,
          lease,
          claimed: mine.map(({ eventId, arrivals }) => ({
            eventId,
            arrivals,
          })),
          events: mine.flatMap(arrived),
        };
      });
    },

    async settle(task, apply, again = []) {
      const { subject, lease } = task;
      return await sql.begin(async (sql) => {
        const [mine] = await sql`
          select set_config('idle_in_transaction_session_timeout',
            ${String(MOST_IDLE_MS)}, true)
          from inbox_task
          where subject = ${subject} and lease = ${lease} for update`;
        if (!mine) return false;
        if (await apply(sql) === "stale") {
          await sql`
            update inbox_task set due_at = ${new Date(now())}, attempts = 0,
              lease = null, leased_until = null
            where subject = ${subject}`;
          return false;
        }
        await sql`
          update inbox_event set ready_at = received_at + ${
          SURE_MS / 1000
        } * interval '1 second'
          where event_id = any(${[...again]}::bigint[])`;
        const done = task.claimed.filter(({ eventId }) =>
          !again.includes(eventId)
        );
        // Events that came meanwhile keep the task; without any it is deleted.
        await sql`
          with settled as (
            update inbox_event event set settled_at = ${new Date(now())}
            from unnest(
              ${done.map((one) => one.eventId)}::bigint[],
              ${done.map((one) => one.arrivals)}::integer[]
            ) as done (event_id, arrivals)
            where event.event_id = done.event_id
              and event.arrivals = done.arrivals
            returning event.event_id
          ), rest as (
            select min(ready_at) as ready_at from inbox_event
            where subject = ${subject} and settled_at is null
              and event_id not in (select event_id from settled)
          ), gone as (
            delete from inbox_task where subject = ${subject}
              and (select ready_at from rest) is null
          )
          update inbox_task set due_at = rest.ready_at, attempts = 0,
            lease = null, leased_until = null, last_error = null
          from rest where subject = ${subject} and rest.ready_at is not null`;
        return true;
      });
    },

    async postpone({ subject, lease }, dueAt, error) {
      await sql`
        update inbox_task set due_at = ${new Date(
        dueAt,
      )}, last_error = ${error},
          attempts = case when ${error === null} then 0 else attempts end,
          lease = null, leased_until = null
        where subject = ${subject} and lease = ${lease}`;
    },

    async bury({ subject, lease }, error) {
      await sql`
        update inbox_task set died_at = ${new Date(now())},
          last_error = ${error}, lease = null, leased_until = null
        where subject = ${subject} and lease = ${lease}`;
    },

    async nextDue() {
      const [row] = await sql<{ dueAt: Date | null }[]>`
        select min(greatest(due_at, leased_until)) as due_at
        from inbox_task where died_at is null`;
      return row?.dueAt?.getTime() ?? null;
    },

    async prune(before) {
      const rows = await sql`
        delete from inbox_event where settled_at < ${new Date(before)}`;
      return rows.count;
    },
  };
}

/** Recent events of a subject, settled or not, due or not. */
export async function recentEvents(
  sql: Sql,
  subject: string,
  since: number,
): Promise<Recent[]> {
  const rows = await sql<(EventRow & { settled: boolean })[]>`
    select event_id, subject, fields, received_at, arrivals,
      settled_at is not null as settled
    from inbox_event
    where subject = ${subject} and received_at >= ${new Date(since)}`;
  return rows.flatMap((row) =>
    arrived(row).map((event): Recent => ({ ...event, settled: row.settled }))
  );
}

function arrived({ eventId, receivedAt, fields }: EventRow): Arrived[] {
  try {
    const event = readEvent(fields, receivedAt.getTime());
    return event ? [{ ...event, eventId, receivedAt }] : [];
  } catch {
    // It could be read when it came, so this process is an older release.
    return [];
  }
}
