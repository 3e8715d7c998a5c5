/**
 * Deletes the codes that have ended (`del_contact_way`, 92228), later when WeCom
 * is down, until it is done: normal codes never expire. Of a code whose answer was
 * lost the `config_id` is not known: it is looked for among those that were made
 * at the time, by its state. May be started twice and be cut anywhere: the row
 * says when it is tried again before WeCom is asked.
 */
import type { Log } from "../http/log.ts";
import type { Sql } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import {
  CODE,
  deleteContactWay,
  getContactWay,
  isCode,
  isOfOne,
  listContactWays,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { createPaging } from "../wecom/paging.ts";
import type { MakeDeps } from "./make_code.ts";

const AT_A_TIME = 20;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 6 * 60 * 60_000;
/** A question whose answer was lost may be done a little later. */
const LATE_MS = 60_000;
/** Clocks of ours and of WeCom's differ. */
const AROUND_MS = 5 * 60_000;

export interface TidyDeps extends Pick<MakeDeps, "sql" | "wecom" | "now"> {
  log: Log;
}

interface Ended {
  state: string;
  configId: string | null;
  begunAt: Date;
  tries: number;
}

/** What is due, some at a time. Returns how many codes are gone. */
export async function deleteEnded(
  deps: TidyDeps,
  signal: AbortSignal,
): Promise<number> {
  let gone = 0;
  for (;;) {
    if (signal.aborted) return gone;
    const due = await claimEnded(deps.sql, deps.now());
    for (const code of due) {
      if (signal.aborted) return gone;
      const outcome = await deleteOne(deps, code, signal);
      if (outcome === "down") return gone;
      if (outcome === "gone") gone += 1;
    }
    if (due.length < AT_A_TIME) return gone;
  }
}

/** Each is due again after a pause that grows. */
async function claimEnded(sql: Sql, now: number): Promise<Ended[]> {
  const at = new Date(now);
  return await sql<Ended[]>`
    update order_code set tries = tries + 1,
      due_at = ${at}::timestamptz + least(
        ${FIRST_PAUSE_MS} * power(2, least(tries, 20)), ${LONGEST_PAUSE_MS}
      ) * interval '1 millisecond'
    where state in (
      select state from order_code
      where ended_at is not null and deleted_at is null
        and coalesce(due_at, '-infinity') <= ${at}
        and (config_id is not null
          or begun_at <= ${new Date(now - LATE_MS)})
      order by due_at nulls first limit ${literal(sql, AT_A_TIME)}
      for update skip locked)
    returning state, config_id, begun_at, tries`;
}

/**
 * `kept`: WeCom refused, and it is tried again; `down`: so it would all of them,
 * and the others wait, too.
 */
async function deleteOne(
  { sql, wecom, now, log }: TidyDeps,
  code: Ended,
  signal: AbortSignal,
): Promise<"gone" | "kept" | "down"> {
  try {
    const configIds = code.configId === null
      ? await findLost({ sql, wecom }, code, signal)
      : [code.configId];
    for (const configId of configIds) {
      await deleteWay(wecom, configId, signal);
    }
  } catch (error) {
    if (!(error instanceof WecomError)) throw error;
    const { tries } = code;
    if (!signal.aborted) log("warn", "codes.not_deleted", { tries, error });
    return isOfOne(error) ? "kept" : "down";
  }
  await sql`
    update order_code set deleted_at = ${new Date(now())}
    where state = ${code.state}`;
  return "gone";
}

async function deleteWay(
  wecom: WecomClient,
  configId: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await wecom.call(deleteContactWay, { configId }, { signal });
  } catch (error) {
    // Deleted before, and the answer was lost.
    if (!isCode(error, CODE.CONTACT_WAY_UNKNOWN)) throw error;
  }
}

/** The ways with this state, of those that nobody here knows. */
async function findLost(
  { sql, wecom }: Pick<TidyDeps, "sql" | "wecom">,
  { state, begunAt }: Ended,
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  const from = begunAt.getTime() - AROUND_MS;
  const to = begunAt.getTime() + AROUND_MS;
  for (const configId of await strangers({ sql, wecom }, from, to, signal)) {
    try {
      const way = await wecom.call(getContactWay, { configId }, { signal });
      if (way.state === state) found.push(configId);
    } catch (error) {
      if (!isCode(error, CODE.CONTACT_WAY_UNKNOWN)) throw error;
    }
  }
  return found;
}

async function strangers(
  { sql, wecom }: Pick<TidyDeps, "sql" | "wecom">,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<string[]> {
  const listed: string[] = [];
  const paging = createPaging(listContactWays);
  let cursor: string | undefined = "";
  do {
    const page = await wecom.call(
      listContactWays,
      { from, to, cursor },
      { signal },
    );
    listed.push(...page.configIds);
    cursor = paging(page.nextCursor);
  } while (cursor);
  const known = await sql<{ configId: string }[]>`
    select config_id from order_code
    where config_id = any(${listed}::text[])`;
  const ours = new Set(known.map((row) => row.configId));
  return listed.filter((id) => !ours.has(id));
}
