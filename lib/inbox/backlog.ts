/** How much waits in the inbox, for those who watch the service. */
import type { Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";

/** Counted no further: whoever watches asks again and again. */
const MOST_COUNTED = 1_000;

export interface Backlog {
  /**
   * Chats and contacts with events that are not settled, dead letters aside;
   * 1,000 when there are more.
   */
  waiting: number;
  /** 1,000 when there are more. */
  deadLetters: number;
  /** When the oldest of the due ones became due; null: none is due. */
  dueSince: Date | null;
}

export async function readBacklog(
  { sql, now }: { sql: Sql; now: () => number },
): Promise<Backlog> {
  const [row] = await sql<Backlog[]>`
    select
      (select count(*)::int from (
        select 1 from inbox_task where died_at is null
        order by greatest(due_at, leased_until)
        limit ${literal(sql, MOST_COUNTED)}) counted) as waiting,
      (select count(*)::int from (
        select 1 from inbox_task where died_at is not null
        order by died_at desc, task_id desc
        limit ${literal(sql, MOST_COUNTED)}) counted) as dead_letters,
      (select min(due_at) from inbox_task
       where died_at is null and due_at <= ${new Date(now())}) as due_since`;
  return row ?? { waiting: 0, deadLetters: 0, dueSince: null };
}
