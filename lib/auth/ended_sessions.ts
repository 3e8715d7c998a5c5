/** Which sessions were ended before their time: the part of a session that the server keeps. */
import type { Fragment, Queries } from "../store/database.ts";
import { userKey } from "../staff/user_id.ts";
import type { Session } from "./session.ts";

/**
 * Ends it in every process, also for whoever has copied the cookie. false: it was
 * ended before.
 */
export async function endSession(
  { sql, now }: { sql: Queries; now: () => number },
  { wxUserId, sessionId, untilMs }: Session,
): Promise<boolean> {
  // One of the release before has no id: it ends by itself.
  if (sessionId === null) return true;
  const at = new Date(now());
  const ended = await sql`
    with past as (delete from ended_session where until < ${at})
    insert into ended_session (session_id, user_key, ended_at, until)
    values (${sessionId}, ${userKey(wxUserId)}, ${at}, ${new Date(untilMs)})
    on conflict do nothing
    returning 1`;
  return ended.length > 0;
}

/** A condition, for the statement that looks up the person. */
export function isEnded(queries: Queries, sessionId: string | null): Fragment {
  return sessionId === null ? queries`false` : queries`exists (
        select 1 from ended_session where session_id = ${sessionId})`;
}
