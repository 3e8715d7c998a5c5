/**
 * Who works on a person's contacts: one row for each person, whose claim holds
 * for one page. Between two pages nobody has it, and `claimed_until` tells when
 * the last one was saved.
 */
import type { Sql } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import type { UserKey } from "../staff/user_id.ts";

/** Longer than the longest call to WeCom with its retries. */
const CLAIM_MS = 20_000;
/** A run that stood still for longer starts anew: its cursor may mean nothing. */
const RESUME_WITHIN_MS = 30 * 60_000;

export interface SyncRow {
  run: number;
  running: boolean;
  nextCursor: string;
  seen: number;
  /** Rows of an earlier page of this run could not be used. */
  lossy: boolean;
  startedAt: Date;
  firstReading: string;
  completedAt: Date | null;
  total: number | null;
}

/**
 * Claims a person's sync if nobody has it: a new run, or one to go on with, which
 * is quicker when it is the run that was read here before (`known`). null also
 * when a run later than `before` has become complete.
 */
export async function claimSyncRun(
  { sql, now }: { sql: Sql; now: () => number },
  wxUserId: UserKey,
  name: string,
  before: number,
  known: number | null,
): Promise<SyncRow | null> {
  if (known !== null) {
    const [row] = await sql<SyncRow[]>`
      update contact_sync
      set claim = ${name}, claimed_until = ${new Date(now() + CLAIM_MS)}
      where wx_user_id = ${wxUserId} and run = ${known} and running
        and claim is null
        and claimed_until > ${new Date(now() - RESUME_WITHIN_MS)}
      returning *`;
    if (row) return row;
  }
  const reading = await beginReading(sql, now);
  const { at } = reading;
  const until = new Date(now() + CLAIM_MS);
  const goesOn = sql`(contact_sync.running and
    greatest(contact_sync.started_at, contact_sync.claimed_until) >
      ${new Date(now() - RESUME_WITHIN_MS)})`;
  return await sql.begin(async (sql) => {
    const [row] = await sql<SyncRow[]>`
      insert into contact_sync ${
      sql({
        wxUserId,
        run: 1,
        running: true,
        nextCursor: "",
        seen: 0,
        startedAt: at,
        firstReading: reading.number,
        claim: name,
        claimedUntil: until,
      })
    }
      on conflict (wx_user_id) do update set
        run = contact_sync.run + (not contact_sync.running)::int,
        next_cursor = case when ${goesOn}
          then contact_sync.next_cursor else '' end,
        seen = case when ${goesOn} then contact_sync.seen else 0 end,
        lossy = contact_sync.lossy and ${goesOn},
        started_at = case when ${goesOn}
          then contact_sync.started_at else ${at} end,
        first_reading = case when ${goesOn}
          then contact_sync.first_reading else excluded.first_reading end,
        running = true, claim = ${name}, claimed_until = ${until}
      where (contact_sync.claim is null or contact_sync.claimed_until < ${at})
        and contact_sync.run - contact_sync.running::int <= ${before}
      returning *`;
    if (!row) return null;
    // An old run that was cut begins again under its number, since it was never
    // complete. Contacts that it had seen count as not seen.
    if (row.firstReading === String(reading.number)) {
      await sql`
        update contact_follow set seen_in_run = ${row.run - 1}
        where wx_user_id = ${wxUserId} and seen_in_run = ${row.run}`;
    }
    return row;
  });
}
