/** How much waits in the inbox, for those who watch the service. */
import type { Sql } from "../store/database.ts";

export interface Backlog {
  /** Chats and contacts with events that are not settled, dead letters aside. */
  waiting: number;
  deadLetters: number;
  /** When the oldest of the due ones became due; null: none is due. */
  dueSince: Date | null;
}

export async function readBacklog(
  { sql, now }: { sql: Sql; now: () => number },
): Promise<Backlog> {
  const [row] = await sql<Backlog[]>`
    select count(*) filter (where died_at is null)::int as waiting,
      count(died_at)::int as dead_letters,
      min(due_at) filter (
        where died_at is null and due_at <= ${new Date(now())}
      ) as due_since
    from inbox_task`;
  return row ?? { waiting: 0, deadLetters: 0, dueSince: null };
}
