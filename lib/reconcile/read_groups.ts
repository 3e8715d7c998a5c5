/**
 * Reads the groups that need it, one by one (groupchat/get, doc 92122): unknown
 * ones; those of which a change was announced, or whose members are known from
 * events alone; a seventh of all each night; and those whose turn was missed.
 * If a complete listing of its owner does not name a group, the group is read
 * before it is believed to be gone: it may have a new owner, or be younger than
 * the listing.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Reading } from "../store/reading.ts";
import { markRefused } from "../chats/mirror.ts";
import { setOwnerStatus } from "../chats/owner_status.ts";
import { readChat, type Refused } from "../chats/read_chat.ts";
import { keepEnd, keepReading } from "../groups/chat_facts.ts";
import { type GroupChat, type WecomClient, WecomError } from "../wecom/mod.ts";
import { isSameUser } from "../staff/user_id.ts";
import { PASSING } from "../wecom/paging.ts";
import { countError, stopsRun } from "./run_report.ts";
import type { Run } from "./run_claims.ts";

/**
 * Less than the endpoint allows, so that pages can call it at the same time.
 */
const PARALLEL = 4;
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
/**
 * After so many calls in a row that told nothing of their group, WeCom is out
 * of reach.
 */
const FAILURES_IN_A_ROW = 10;

interface Task {
  chatId: string;
  /** null: not in the mirror yet. */
  owner: string | null;
  name: string | null;
  memberVersion: string | null;
  orderId: string | null;
  /** What the list told of its owner; null: it was not listed. */
  ownerStatus: string | null;
  /** A complete listing of its owner did not name it. */
  unlisted: boolean;
}

export interface ReadDeps {
  sql: Sql;
  wecom: WecomClient;
  run: Run;
  now: () => number;
  signal: AbortSignal;
  log: Log;
}

/** Call it once every owner is listed or refused. */
export async function readGroups(deps: ReadDeps): Promise<void> {
  const queue = await tasks(deps);
  const { run, signal, log } = deps;
  let failures = 0;
  let stopped: unknown = null;
  const workers = Array.from({ length: PARALLEL }, async () => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      try {
        signal.throwIfAborted();
        await readOne(deps, task);
        failures = 0;
      } catch (error) {
        failures = isRefusal(error) ? 0 : failures + 1;
        if (stopsRun(error) || failures >= FAILURES_IN_A_ROW) {
          stopped ??= error;
          queue.length = 0;
          return;
        }
        countError(run.tally, error);
        log("warn", "reconcile.not_read", { chatId: task.chatId, error });
      }
    }
  });
  await Promise.all(workers);
  if (stopped !== null) throw stopped;
}

/** The error is WeCom's answer about this one group. */
function isRefusal(error: unknown): boolean {
  return error instanceof WecomError && error.failure === "errcode" &&
    !PASSING.has(error.errcode);
}

/**
 * Groups that this run has read already are left out. A group that WeCom
 * refused to show waits for its regular turn, even if something else calls for
 * it: an owner who left the app's scope may have left many groups.
 */
async function tasks({ sql, run }: ReadDeps): Promise<Task[]> {
  const { runId, startedAt } = run;
  const started = startedAt.getTime();
  const turn = Math.floor(started / DAY_MS) % NIGHTS;
  return await sql<Task[]>`
    with listed as (
      select chat_id, owner_status from reconcile_seen
      where run_id = ${runId}
    ), complete as (
      select distinct lower(owner collate "C") as owner
      from reconcile_slice, unnest(owners) as owner
      where run_id = ${runId} and state = 'complete'
    ), known as (
      select chat.*, listed.owner_status as listed_status,
        greatest(synced_at, refused_at) as asked_at,
        complete.owner is not null and listed.chat_id is null as unlisted
      from chat
      left join listed on listed.chat_id = chat.chat_id
      left join complete on complete.owner = lower(chat.owner collate "C")
      where dismissed_at is null
    )
    select chat_id, null as owner, null as name, null as member_version,
      null as order_id, listed.owner_status, false as unlisted
    from listed left join chat using (chat_id)
    where chat.chat_id is null
      or chat.dismissed_at is not null and chat.synced_at < ${startedAt}
    union all
    select chat_id, owner, name, member_version, order_id,
      listed_status as owner_status, unlisted
    from known
    where (announced is not null or members_told) and refused_at is null
      or asked_at < ${startedAt} and (
        unlisted and refused_at is null
        or asked_at < ${new Date(started - OLD_MS)}
        or asked_at < ${new Date(started - RECENT_MS)}
          and ('x' || left(md5(chat_id), 7))::bit(28)::int % ${NIGHTS} = ${turn}
      )
    order by unlisted desc, order_id nulls last`;
}

async function readOne(deps: ReadDeps, task: Task): Promise<void> {
  const { sql, wecom, run, signal, now } = deps;
  const { counts } = run.tally;
  counts.fetched += 1;
  const answer = await readChat({ sql, wecom, now }, task.chatId, { signal });
  if (answer.kind !== "present") return await keepRefusal(deps, task, answer);
  const { chat, reading } = answer;
  await sql.begin(async (sql) => {
    await keepReading(sql, chat, reading, { via: "reconcile" });
    if (task.ownerStatus !== null) {
      await setOwnerStatus(sql, chat.chatId, task.ownerStatus);
    }
  });
  if (task.owner === null) counts.added += 1;
  else if (isUnchanged(task, chat)) counts.unchanged += 1;
  else counts.changed += 1;
}

/**
 * Writes down that a group is gone or not shown; nothing for a group that the
 * mirror lacks. Throws the error unless the group is gone, so that it is
 * counted.
 */
async function keepRefusal(
  deps: ReadDeps,
  task: Task,
  { kind, reading, error }: Refused,
): Promise<void> {
  const { sql } = deps;
  const isGone = kind === "dissolved" ||
    task.unlisted && error.remedy === "gone" &&
      !(kind === "unknown" && await changedHands(sql, task.chatId));
  if (isGone) return await dismiss(deps, task, reading);
  if (isRefusal(error)) await markRefused(sql, task.chatId, reading);
  throw error;
}

/**
 * Since the last reading an event told of a new owner: the group still exists,
 * and belongs to somebody whose groups we may not see.
 */
async function changedHands(sql: Sql, chatId: string): Promise<boolean> {
  const told = await sql`
    select 1 from inbox_event
    join chat on inbox_event.subject = 'chat/' || chat.chat_id
    where chat.chat_id = ${chatId}
      and inbox_event.received_at > chat.synced_at
      and inbox_event.fields ->> 'UpdateDetail' = 'change_owner' limit 1`;
  return told.length > 0;
}

function isUnchanged(task: Task, chat: GroupChat): boolean {
  return isSameUser(task.owner ?? "", chat.ownerWxUserId) &&
    task.name === chat.name && task.memberVersion === chat.memberVersion;
}

async function dismiss(
  { sql, run }: ReadDeps,
  { chatId }: Task,
  reading: Reading,
): Promise<void> {
  const dismissed = await sql.begin((sql) =>
    keepEnd(sql, chatId, reading, { via: "reconcile" })
  );
  if (dismissed) run.tally.counts.dismissed += 1;
}
