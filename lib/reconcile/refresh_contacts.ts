/**
 * Keeps the mirror of contacts fresh, one person at a time (doc 92994: a cursor
 * belongs to its list of members), beginning with those read longest ago.
 * People who do not fit into the time of one run are counted, and come first in
 * the next. Whoever was read by other rules for numbers is read again, however
 * lately that was.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { beginReading } from "../store/reading.ts";
import { hideFollows } from "../contacts/mirror.ts";
import { oddlySpelled, respell } from "../contacts/respell.ts";
import { isHidden } from "../contacts/visibility.ts";
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { ContactSync } from "../contacts/sync.ts";
import { learnSpellings } from "../staff/spelling.ts";
import { staffRow } from "../staff/staff.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { getFollowUserList, type WecomClient } from "../wecom/mod.ts";
import { countError, stopsRun } from "./run_report.ts";
import type { Run } from "./run_claims.ts";

/** Parallel calls of customer lists end in 45033. */
const PARALLEL = 2;
/** Contacts that a page has read within this time are fresh enough. */
const RECENT_MS = 12 * 60 * 60_000;

export interface ContactDeps {
  sql: Sql;
  wecom: WecomClient;
  contactSync: ContactSync;
  run: Run;
  budgetMs: number;
  now: () => number;
  signal: AbortSignal;
  log: Log;
}

export async function refreshContacts(deps: ContactDeps): Promise<void> {
  const { sql, wecom, contactSync, run, now, signal, log } = deps;
  const reading = await beginReading(sql, now);
  const { wxUserIds } = await wecom.call(getFollowUserList, undefined, {
    signal,
  });
  await learnSpellings(sql, wxUserIds);
  for (const key of await oddlySpelled(sql)) await respell(sql, key);
  const able = new Map(wxUserIds.map((id) => [userKey(id), id]));
  const fresh = new Date(now() - RECENT_MS);
  const due = await sql<{ key: UserKey }[]>`
    select person.user_key as key
    from (select distinct user_key from staff) person
    cross join lateral ${staffRow(sql, sql`person.user_key`)} one
    left join contact_sync on contact_sync.wx_user_id = person.user_key
    where one.departed_at is null
      and person.user_key = any(${[...able.keys()]}::text[])
      and (completed_at is null or completed_at < ${fresh}
        or phone_rules <> ${PHONE_RULES})
    order by completed_at nulls first, person.user_key`;
  // People who are missing in WeCom's list are asked about one by one before
  // that is believed.
  const lacking = await sql<{ key: UserKey }[]>`
    select wx_user_id as key from contact_follow where deleted_at is null
    except select unnest(${[...able.keys()]}::text[])`;
  const rows = [...lacking, ...due];
  const queue = rows.map(({ key }) => able.get(key) ?? key);
  const deadline = now() + deps.budgetMs;
  let stopped: unknown = null;
  let handled = 0;
  async function readOne(wxUserId: string): Promise<void> {
    const { counts } = run.tally;
    try {
      const { seen } = await contactSync.refresh(wxUserId);
      if (seen > 0 || able.has(userKey(wxUserId))) {
        counts.people += 1;
        counts.contacts += seen;
        return;
      }
    } catch (error) {
      if (able.has(userKey(wxUserId)) || !isHidden(error)) throw error;
      await hideFollows(sql, wxUserId, reading);
    }
    counts.peopleHidden += 1;
    log("info", "reconcile.contacts_hidden", { wxUserId });
  }

  const workers = Array.from({ length: PARALLEL }, async () => {
    while (now() < deadline) {
      const wxUserId = queue.shift();
      if (wxUserId === undefined) return;
      try {
        signal.throwIfAborted();
        await readOne(wxUserId);
        handled += 1;
      } catch (error) {
        if (stopsRun(error)) {
          stopped ??= error;
          queue.length = 0;
          return;
        }
        handled += 1;
        countError(run.tally, error);
        log("warn", "reconcile.contacts_not_read", { wxUserId, error });
      }
    }
  });
  await Promise.all(workers);
  const left = rows.length - handled;
  run.tally.counts.peopleLeft = left;
  if (left > 0) {
    const { people } = run.tally.counts;
    log("warn", "reconcile.contacts_left", { runId: run.runId, people, left });
  }
  if (stopped !== null) throw stopped;
}
