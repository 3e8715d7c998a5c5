/**
 * Which groups a run reads, a page at a time in the order of their ids, so that
 * nobody holds a list of all: those that the listings named and the mirror
 * lacks, or the other way round; those of which more is to be known; a seventh
 * of all each night; and those whose turn was missed. What this run has read
 * already is left out, however often the run was cut. A group that WeCom
 * refused to show waits for its regular turn, even if something else calls for
 * it: an owner who left the app's scope may have left many groups.
 */
import type { Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import type { Run } from "./run_claims.ts";

const PAGE = 200;
const NIGHTS = 7;
const DAY_MS = 24 * 60 * 60_000;
/** A group that was read within this time may wait for its next turn. */
const RECENT_MS = 20 * 60 * 60_000;
/**
 * A group that was read longer ago has missed its turn: turns are days in UTC,
 * and a day is left out when one run begins before midnight and the next after.
 * Half a day less than a round, so that a run a little earlier than the last
 * one still finds it.
 */
const OLD_MS = (NIGHTS - 0.5) * DAY_MS;

export interface DueGroup {
  chatId: string;
  /** null: not in the mirror yet. */
  owner: string | null;
  name: string | null;
  memberVersion: string | null;
  /** What the list told of its owner, if that is noted. */
  ownerStatus: string | null;
  /** A complete listing of its owner did not name it. */
  unlisted: boolean;
}

interface DueDeps {
  sql: Sql;
  run: Run;
}

/** Call {@linkcode countDue} before, which notes what no listing named. */
export async function* dueGroups(
  deps: DueDeps,
): AsyncGenerator<DueGroup[], void> {
  const { sql } = deps;
  // The groups of orders first: the run may be cut.
  const parts = [
    noted(deps),
    known(deps, sql`${isWanted(sql)} and order_id is not null`),
    known(deps, sql`${isWanted(sql)} and order_id is null`),
    known(deps, sql`${isInTurn(deps)} and order_id is not null`),
    known(deps, sql`${isInTurn(deps)} and order_id is null`),
  ];
  for (const part of parts) {
    let after = "";
    for (;;) {
      const page = await part(after);
      if (page.length > 0) yield page;
      if (page.length < PAGE) break;
      after = page.at(-1)?.chatId ?? after;
    }
  }
}

/**
 * How many groups there are to read; some may need it no more by their turn.
 * Call it once every owner is listed or refused.
 */
export async function countDue(deps: DueDeps): Promise<number> {
  const { sql, run } = deps;
  await noteUnlisted(deps);
  const [row] = await sql<{ count: number }[]>`
    select (select count(*) from reconcile_seen where run_id = ${run.runId})::int
      + (select count(*) from chat
          left join chat_confirmed confirmed using (chat_id)
          where ${isWanted(sql)} or ${isInTurn(deps)})::int as count`;
  return row?.count ?? 0;
}

/** Notes the groups that a complete listing of their owner did not name. */
async function noteUnlisted({ sql, run }: DueDeps): Promise<void> {
  const { runId } = run;
  await sql`
    with complete as (
      select distinct lower(owner collate "C") as owner
      from reconcile_slice, unnest(owners) as owner
      where run_id = ${runId} and state = 'complete'
    )
    insert into reconcile_seen (run_id, chat_id, owner_status, unlisted)
    select ${runId}, chat_id, owner_status, true
    from chat join complete on complete.owner = lower(chat.owner collate "C")
    where dismissed_at is null and ${isUnnamed(sql, run)}
    on conflict do nothing`;
}

/** Of a row of `chat`: no listing of this run named it. */
export function isUnnamed(sql: Sql, { runId }: Run) {
  // An anti-join of the two, however many they are; `not in` may try each pair.
  return sql`not exists (
      select 1 from (
        select unnest(page.chats) as hash from reconcile_page page
        where page.run_id = ${runId}) named
      where named.hash = hashtextextended(chat.chat_id, 0))
    and not exists (
      select 1 from reconcile_seen seen where seen.run_id = ${runId}
        and seen.chat_id = chat.chat_id and not seen.unlisted)`;
}

type Part = (after: string) => Promise<DueGroup[]>;

function noted({ sql, run: { runId, startedAt } }: DueDeps): Part {
  return async (after) =>
    await sql<DueGroup[]>`
      select chat_id, owner, name, member_version, unlisted,
        case when not unlisted then seen.owner_status end as owner_status
      from reconcile_seen seen left join chat using (chat_id)
        left join chat_confirmed confirmed using (chat_id)
      where run_id = ${runId} and chat_id > ${after} and case
        when chat.chat_id is null then not unlisted
        when unlisted then dismissed_at is null and refused_at is null
          and ${askedAt(sql)} < ${startedAt}
        else dismissed_at is not null and synced_at < ${startedAt} end
      order by chat_id limit ${literal(sql, PAGE)}`;
}

function known(
  { sql, run: { runId } }: DueDeps,
  isDue: ReturnType<typeof isWanted>,
): Part {
  return async (after) =>
    await sql<DueGroup[]>`
      select chat_id, owner, name, member_version, false as unlisted,
        (select seen.owner_status from reconcile_seen seen
          where seen.run_id = ${runId} and seen.chat_id = chat.chat_id
            and not seen.unlisted) as owner_status
      from chat left join chat_confirmed confirmed using (chat_id)
      where chat_id > ${after} and ${isDue}
      order by chat_id limit ${literal(sql, PAGE)}`;
}

/** A change was announced, or its members are known from events alone. */
function isWanted(sql: Sql) {
  return sql`(announced is not null or members_told)
    and refused_at is null and dismissed_at is null`;
}

function isInTurn({ sql, run: { startedAt } }: DueDeps) {
  const started = startedAt.getTime();
  const turn = Math.floor(started / DAY_MS) % NIGHTS;
  return sql`(dismissed_at is null and ${askedAt(sql)} < ${startedAt} and (
    ${askedAt(sql)} < ${new Date(started - OLD_MS)}
    or ${askedAt(sql)} < ${new Date(started - RECENT_MS)}
      and ('x' || left(md5(chat_id), 7))::bit(28)::int % ${NIGHTS} = ${turn}))`;
}

/** When WeCom was asked for the group the last time. */
function askedAt(sql: Sql) {
  return sql`greatest(synced_at, refused_at, confirmed.confirmed_at)`;
}
