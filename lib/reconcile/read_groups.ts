/**
 * Reads the groups that are due, one by one (groupchat/get, doc 92122). If a
 * complete listing of its owner does not name a group, the group is read
 * before it is believed to be gone: it may have a new owner, or be younger than
 * the listing.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Reading } from "../store/reading.ts";
import { confirmChat } from "../chats/confirm.ts";
import { markRefused } from "../chats/mirror.ts";
import { setOwnerStatus } from "../chats/owner_status.ts";
import { readChat, type Refused } from "../chats/read_chat.ts";
import { keepEnd, keepReading } from "../groups/chat_facts.ts";
import type { GroupChat, WecomClient } from "../wecom/mod.ts";
import { isSameUser } from "../staff/user_id.ts";
import { countDue, type DueGroup, dueGroups } from "./due_groups.ts";
import { InARow, isRefusal } from "./in_a_row.ts";
import { inParallel } from "./in_parallel.ts";
import { advance, countError, stopsRun } from "./run_report.ts";
import type { Run } from "./run_claims.ts";

/**
 * Less than the endpoint allows, so that pages can call it at the same time.
 */
const PARALLEL = 4;

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
  const { run, signal, log } = deps;
  const inARow = new InARow();
  advance(run.tally, { of: await countDue(deps) });
  for await (const page of dueGroups(deps)) {
    await inParallel(page, PARALLEL, async (group) => {
      try {
        signal.throwIfAborted();
        await readOne(deps, group);
        inARow.succeeded();
      } catch (error) {
        if (stopsRun(error)) throw error;
        inARow.failed(error);
        countError(run.tally, error);
        log("warn", "reconcile.not_read", { chatId: group.chatId, error });
      }
      advance(run.tally, { done: 1 });
    });
  }
}

async function readOne(deps: ReadDeps, task: DueGroup): Promise<void> {
  const { sql, wecom, run, signal, now } = deps;
  const { counts } = run.tally;
  counts.fetched += 1;
  const answer = await readChat({ sql, wecom, now }, task.chatId, { signal });
  if (answer.kind !== "present") return await keepRefusal(deps, task, answer);
  const { chat, reading } = answer;
  if (await confirmChat(sql, chat, reading)) {
    counts.unchanged += 1;
    return;
  }
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
  task: DueGroup,
  { kind, reading, error }: Refused,
): Promise<void> {
  const { sql } = deps;
  const isGone = kind === "dissolved" ||
    task.unlisted && error.remedy === "gone" &&
      !(kind === "unknown" && await changedHands(sql, task.chatId));
  if (isGone) return await dismiss(deps, task, reading);
  if (isRefusal(error)) {
    await sql.begin((sql) => markRefused(sql, task.chatId, reading));
  }
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

function isUnchanged(task: DueGroup, chat: GroupChat): boolean {
  return isSameUser(task.owner ?? "", chat.ownerWxUserId) &&
    task.name === chat.name && task.memberVersion === chat.memberVersion;
}

async function dismiss(
  { sql, run }: ReadDeps,
  { chatId }: DueGroup,
  reading: Reading,
): Promise<void> {
  const dismissed = await sql.begin((sql) =>
    keepEnd(sql, chatId, reading, { via: "reconcile" })
  );
  if (dismissed) run.tally.counts.dismissed += 1;
}
