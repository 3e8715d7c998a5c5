/**
 * Tasks that the worker gave up on, for a person to read and to start again. It
 * is the chat or contact that could not be read, not an event, so a dead letter
 * is one chat or contact with all events that wait for it.
 */
import type { Audited } from "../audit/audit.ts";
import type { Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import type { Fields } from "../wecom/callback/xml.ts";

export interface DeadLetter {
  taskId: string;
  /** chat/<chatId> or contact/<externalUserId> */
  subject: string;
  attempts: number;
  lastError: string;
  diedAt: Date;
  /** Oldest first, at most 50; the fields are named as WeCom names them. */
  events: { eventId: string; receivedAt: string; fields: Fields }[];
}

/** Newest first. */
export async function listDead(
  sql: Sql,
  { limit }: { limit: number },
): Promise<DeadLetter[]> {
  const rows = await sql<DeadLetter[]>`
    select task_id, subject, attempts, coalesce(last_error, '') as last_error,
      died_at, coalesce((
        select jsonb_agg(jsonb_build_object('eventId', e.event_id::text,
          'receivedAt', e.received_at, 'fields', e.fields) order by e.event_id)
        from (
          select * from inbox_event
          where subject = task.subject and settled_at is null
          order by event_id limit 50
        ) e), '[]') as events
    from inbox_task task where died_at is not null
    order by died_at desc, task_id desc limit ${literal(sql, limit)}`;
  return [...rows];
}

/**
 * Makes the task due again, with a new count of turns; false when there is
 * none.
 */
export async function replay(
  sql: Sql,
  taskId: string,
  now: number,
  audited?: Audited,
): Promise<boolean> {
  if (!/^\d{1,18}$/.test(taskId)) return false;
  return await sql.begin(async (sql) => {
    const rows = await sql`
      update inbox_task set died_at = null, attempts = 0,
        due_at = ${new Date(now)}
      where task_id = ${taskId} and died_at is not null returning 1`;
    if (rows.length > 0) await audited?.(sql);
    return rows.length > 0;
  });
}
