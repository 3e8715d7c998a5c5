/**
 * Looks after creations that nobody looks at: a group that was made is found
 * and bound, and an intent whose lease is over ends after a last look. A look
 * is claimed in the row, so that instances do not look for the same one.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Groups } from "../groups/groups.ts";
import type { Intent, Intents } from "../groups/intents.ts";

/** A reported group is looked for often: somebody may be waiting. */
const SEARCH_EVERY_MS = 3_000;
const LOOK_EVERY_MS = 60_000;
/** As long as WeCom does not answer, nothing was looked for; but not for ever. */
const GIVE_UP_MS = 60 * 60_000;
/** A group that shows up so late is still the order's. */
const LATE_MS = 2 * 24 * 60 * 60_000;
const AT_A_TIME = 20;

export interface IntentDeps {
  sql: Sql;
  groups: Groups;
  intents: Intents;
  now: () => number;
  log: Log;
  /** Ends the work between two creations. */
  signal?: AbortSignal;
}

export interface IntentWork {
  bound: number;
  expired: number;
}

/** What is due, searching ones first; at most `limit`. */
export async function workDueIntents(
  deps: IntentDeps,
  limit: number,
): Promise<IntentWork> {
  const { sql, now } = deps;
  const at = new Date(now());
  const before = (ms: number) => new Date(now() - ms);
  const due = await sql<Intent[]>`
    update group_intent set looked_at = ${at}
    where intent_id in (
      select intent_id from group_intent
      where state in ('pending', 'searching')
        and (state = 'searching' or expires_at <= ${at}
          or created_at <= ${before(LOOK_EVERY_MS)})
        and (looked_at is null
          or looked_at <= ${before(LOOK_EVERY_MS)}
          or state = 'searching' and expires_at > ${at}
            and looked_at <= ${before(SEARCH_EVERY_MS)})
      order by (state = 'searching' and expires_at > ${at}) desc, expires_at
      limit ${limit}
      for update skip locked)
    returning *`;
  return await work(deps, due);
}

/** All that are under way, each once in this run. */
export async function workAllIntents(
  deps: IntentDeps,
  since: Date,
): Promise<IntentWork> {
  const { sql, now } = deps;
  const sum: IntentWork = { bound: 0, expired: 0 };
  for (;;) {
    // The clock of whoever goes on may be behind that of whoever began.
    const at = new Date(Math.max(now(), since.getTime()));
    const batch = await sql<Intent[]>`
      update group_intent set looked_at = ${at}
      where intent_id in (
        select intent_id from group_intent
        where state in ('pending', 'searching')
          and (looked_at is null or looked_at < ${since})
        order by expires_at limit ${AT_A_TIME}
        for update skip locked)
      returning *`;
    if (batch.length === 0) return sum;
    const { bound, expired } = await work(deps, batch);
    sum.bound += bound;
    sum.expired += expired;
  }
}

/** Groups that showed up after their lease, now that the mirror is complete. */
export async function bindLate(deps: IntentDeps): Promise<number> {
  const { sql, groups, now, log, signal } = deps;
  const late = await sql<{ orderId: string }[]>`
    select order_id from group_intent intent
    where state = 'expired' and expires_at > ${new Date(now() - LATE_MS)}
      and not exists (
        select 1 from group_intent later
        where later.order_id = intent.order_id
          and later.created_at > intent.created_at)
      and not exists (
        select 1 from chat where chat.order_id = intent.order_id
          and chat.dismissed_at is null)`;
  let bound = 0;
  for (const { orderId } of late) {
    signal?.throwIfAborted();
    try {
      const options = { since: -Infinity };
      if (await groups.recover({ orderId }, "reconcile", options)) bound += 1;
    } catch (error) {
      log("warn", "reconcile.not_bound", { orderId, error });
    }
  }
  return bound;
}

async function work(
  { groups, intents, now, log, signal }: IntentDeps,
  due: Intent[],
): Promise<IntentWork> {
  const done: IntentWork = { bound: 0, expired: 0 };
  for (const intent of due) {
    signal?.throwIfAborted();
    const { orderId } = intent;
    let failed = false;
    try {
      if (await groups.recover(intent, "reconcile")) {
        // One that is open still has no part in the group that the order has.
        const left = await intents.end(intent.intentId, "cancelled");
        done.bound += left ? 0 : 1;
        continue;
      }
    } catch (error) {
      failed = true;
      log("warn", "reconcile.not_looked", { orderId, error });
    }
    const over = now() - intent.expiresAt.getTime();
    if (over < 0 || failed && over < GIVE_UP_MS) continue;
    if (await intents.expire(orderId)) done.expired += 1;
  }
  return done;
}
