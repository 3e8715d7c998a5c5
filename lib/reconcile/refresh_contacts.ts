/**
 * Keeps the mirror of contacts fresh, up to 100 people in one listing (doc
 * 92994), beginning with those read longest ago; whoever was never read, and
 * whose listing does not show what the mirror has, is read alone. People who do
 * not fit into the time of one run are counted, and come first in the next.
 * Whoever was read by other rules for numbers is read again, however lately that
 * was.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { beginReading, type Reading } from "../store/reading.ts";
import type { Vault } from "../store/vault.ts";
import { literal } from "../store/literal.ts";
import { hideFollows } from "../contacts/mirror.ts";
import { type ReadTogether, readTogether } from "../contacts/read_together.ts";
import { oddlySpelled, respell } from "../contacts/respell.ts";
import { isHidden } from "../contacts/visibility.ts";
import { PHONE_RULES } from "../contacts/phone_rules.ts";
import type { ContactSync } from "../contacts/sync.ts";
import { learnSpellings } from "../staff/spelling.ts";
import { staffRow } from "../staff/staff.ts";
import { type UserKey, userKey } from "../staff/user_id.ts";
import { getFollowUserList, type WecomClient } from "../wecom/mod.ts";
import { InARow } from "./in_a_row.ts";
import { inParallel } from "./in_parallel.ts";
import { advance, countError, stopsRun } from "./run_report.ts";
import type { Run } from "./run_claims.ts";

/** Parallel calls of customer lists end in 45033. */
const PARALLEL = 2;
/** People in one listing (doc 92994). */
const TOGETHER = 100;
/** Their contacts: a listing that is cut begins anew. */
const MOST_TOGETHER = 10_000;
const PAGE = 500;
/** Contacts that a page has read within this time are fresh enough. */
const RECENT_MS = 12 * 60 * 60_000;

export interface ContactDeps {
  sql: Sql;
  vault: Vault;
  wecom: WecomClient;
  contactSync: ContactSync;
  run: Run;
  budgetMs: number;
  now: () => number;
  signal: AbortSignal;
  log: Log;
}

export async function refreshContacts(deps: ContactDeps): Promise<void> {
  const { sql, wecom, run, now, signal, log } = deps;
  const reading = await beginReading(sql, now);
  const { wxUserIds } = await wecom.call(getFollowUserList, undefined, {
    signal,
  });
  await learnSpellings(sql, wxUserIds);
  for (const key of await oddlySpelled(sql)) await respell(sql, key);
  const able = new Map(wxUserIds.map((id) => [userKey(id), id]));
  const night = { ...deps, able, reading, deadline: now() + deps.budgetMs };
  const total = await countDue(night);
  advance(run.tally, { of: total });
  const inARow = new InARow();
  let handled = 0;
  const handle = (done: number) => {
    handled += done;
    advance(run.tally, { done });
  };
  const isOver = () => now() >= night.deadline;
  const one = async (wxUserId: string) => {
    if (isOver()) return;
    try {
      signal.throwIfAborted();
      await readOne(night, wxUserId);
      inARow.succeeded();
    } catch (error) {
      if (stopsRun(error)) throw error;
      inARow.failed(error);
      countError(run.tally, error);
      log("warn", "reconcile.contacts_not_read", { wxUserId, error });
    }
    handle(1);
  };
  const together = async (wxUserIds: readonly string[]) => {
    if (isOver()) return;
    const { read, alone } = await readSeveral(night, wxUserIds);
    handle(read.size);
    for (const [, contacts] of read) {
      run.tally.counts.people += 1;
      run.tally.counts.contacts += contacts;
    }
    for (const wxUserId of alone) await one(wxUserId);
  };
  try {
    for await (const lacking of lackingPeople(night)) {
      await inParallel(lacking, PARALLEL, one);
    }
    for await (const page of duePeople(night)) {
      const named = page.map((row) => ({
        ...row,
        wxUserId: able.get(row.key) ?? row.key,
      }));
      const { firsts, groups } = arrange(named);
      await inParallel(firsts, PARALLEL, one);
      await inParallel(groups, PARALLEL, together);
      if (isOver()) break;
    }
  } finally {
    const left = Math.max(0, total - handled);
    run.tally.counts.peopleLeft = left;
    if (left > 0) {
      const { people } = run.tally.counts;
      log("warn", "reconcile.contacts_left", {
        runId: run.runId,
        people,
        left,
      });
    }
  }
}

type Night = ContactDeps & {
  able: ReadonlyMap<UserKey, string>;
  reading: Reading;
  deadline: number;
};

async function readOne(night: Night, wxUserId: string): Promise<void> {
  const { sql, contactSync, run, able, reading, log } = night;
  const { counts } = run.tally;
  const isAble = able.has(userKey(wxUserId));
  try {
    const { seen } = await contactSync.refresh(wxUserId);
    if (seen > 0 || isAble) {
      counts.people += 1;
      counts.contacts += seen;
      return;
    }
  } catch (error) {
    if (isAble || !isHidden(error)) throw error;
    await sql.begin((sql) => hideFollows(sql, wxUserId, reading));
  }
  counts.peopleHidden += 1;
  log("info", "reconcile.contacts_hidden", { wxUserId });
}

/** If the listing fails as a whole, each person is tried alone. */
async function readSeveral(
  night: Night,
  wxUserIds: readonly string[],
): Promise<ReadTogether> {
  try {
    return await readTogether(night, wxUserIds);
  } catch (error) {
    if (stopsRun(error)) throw error;
    countError(night.run.tally, error);
    night.log("warn", "reconcile.contacts_not_listed", { error });
    return { read: new Map(), alone: [...wxUserIds] };
  }
}

interface DuePerson {
  key: UserKey;
  /** null: never read, so the first listing is the person's own. */
  completedAt: Date | null;
  total: number;
}

/**
 * Who has contacts and who has none in listings apart: WeCom may refuse the
 * latter (84061).
 */
function arrange(people: readonly (DuePerson & { wxUserId: string })[]): {
  firsts: string[];
  groups: string[][];
} {
  const firsts = people.filter((one) => one.completedAt === null);
  const groups: string[][] = [];
  const before = people.filter((one) => one.completedAt !== null);
  for (
    const part of [
      before.filter((one) => one.total > 0),
      before.filter((one) => one.total === 0),
    ]
  ) {
    let [group, sum]: [string[], number] = [[], 0];
    for (const { wxUserId, total } of part) {
      if (group.length === TOGETHER || sum + total > MOST_TOGETHER) {
        groups.push(group);
        [group, sum] = [[], 0];
      }
      group.push(wxUserId);
      sum += total;
    }
    groups.push(group);
  }
  return {
    firsts: firsts.map((one) => one.wxUserId),
    groups: groups.filter((group) => group.length > 0),
  };
}

async function* duePeople(night: Night): AsyncGenerator<DuePerson[]> {
  const { sql } = night;
  let [time, key]: [Date, string] = [new Date(-1), ""];
  for (;;) {
    const page = await sql<(DuePerson & { since: Date })[]>`
      select due.* from (${due(night)}) due
      where (since, key) > (${time}, ${key})
      order by since, key limit ${literal(sql, PAGE)}`;
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (page.length < PAGE || !last) return;
    [time, key] = [last.since, last.key];
  }
}

/** Those read longest ago first. */
function due({ sql, able, now }: Night) {
  const fresh = new Date(now() - RECENT_MS);
  return sql`
    select person.user_key as key, completed_at,
      -- As exact as a Date is.
      date_trunc('milliseconds', coalesce(completed_at, 'epoch')) as since,
      coalesce(total, 0) as total
    from (select distinct user_key from staff) person
    cross join lateral ${staffRow(sql, sql`person.user_key`)} one
    left join contact_sync on contact_sync.wx_user_id = person.user_key
    where one.departed_at is null
      and person.user_key = any(${[...able.keys()]}::text[])
      and (completed_at is null or completed_at < ${fresh}
        or phone_rules <> ${PHONE_RULES})`;
}

async function* lackingPeople(night: Night): AsyncGenerator<UserKey[]> {
  const { sql } = night;
  let key = "";
  for (;;) {
    const page = await sql<{ key: UserKey }[]>`
      select key from (${lacking(night)}) lacking
      where key > ${key} order by key limit ${literal(sql, PAGE)}`;
    if (page.length > 0) yield page.map((row) => row.key);
    if (page.length < PAGE) return;
    key = page.at(-1)?.key ?? key;
  }
}

/**
 * People who are missing in WeCom's list are asked about one by one before that
 * is believed.
 */
function lacking({ sql, able }: Night) {
  return sql`
    select wx_user_id as key from contact_follow where deleted_at is null
    except select unnest(${[...able.keys()]}::text[])`;
}

async function countDue(night: Night): Promise<number> {
  const [row] = await night.sql<{ count: number }[]>`
    select (select count(*) from (${due(night)}) due)::int
      + (select count(*) from (${lacking(night)}) lacking)::int as count`;
  return row?.count ?? 0;
}
