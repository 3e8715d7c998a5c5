/**
 * Looks after creations whose page is closed: a group that was made is found
 * and bound, and an intent whose lease is over ends after a last look. Each
 * look is claimed in the row, so that no two instances look for the same group.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { type Intent, isOpen, lapseReason } from "./intent.ts";
import { claimLooks, intentsBesideOthers, lateIntents } from "./intents.ts";
import type { Ground } from "./ground.ts";
import { noteOthers } from "./other_groups.ts";
import { settle } from "./settle.ts";

/** A reported group is looked for often: somebody may be waiting. */
const SEARCH_EVERY_MS = 3_000;
const LOOK_EVERY_MS = 60_000;
/**
 * While WeCom does not answer, an intent stays open after its lease, but no
 * longer than this.
 */
const GIVE_UP_MS = 60 * 60_000;
/**
 * A group that shows up within this time after the lease is still the order's.
 */
const LATE_MS = 2 * 24 * 60 * 60_000;
const AT_A_TIME = 20;

export interface DueDeps {
  sql: Sql;
  ground: Ground;
  now: () => number;
  log: Log;
  /** Ends the work between two creations. */
  signal?: AbortSignal;
}

/** How many intents got their group, and how many ended without. */
export interface Settled {
  bound: number;
  expired: number;
}

/** Settles what is due, searching intents first; at most `limit`. */
export async function settleDue(
  deps: DueDeps,
  limit: number,
): Promise<Settled> {
  const { sql, now } = deps;
  const at = new Date(now());
  const before = (ms: number) => new Date(now() - ms);
  const due = await claimLooks(sql, at, {
    due: sql`(state = 'searching' or expires_at <= ${at}
        or created_at <= ${before(LOOK_EVERY_MS)})
      and (looked_at is null
        or looked_at <= ${before(LOOK_EVERY_MS)}
        or state = 'searching' and expires_at > ${at}
          and looked_at <= ${before(SEARCH_EVERY_MS)})`,
    order: sql`(state = 'searching' and expires_at > ${at}) desc, expires_at`,
    limit,
  });
  return await settleEach(deps, due, "cron");
}

/** Settles all intents that are under way, each once in this run. */
export async function settleAll(
  deps: DueDeps,
  since: Date,
): Promise<Settled> {
  const { sql, now } = deps;
  const sum: Settled = { bound: 0, expired: 0 };
  for (;;) {
    // The instance that goes on with a run may have a clock behind the one that
    // began it.
    const at = new Date(Math.max(now(), since.getTime()));
    const batch = await claimLooks(sql, at, {
      due: sql`(looked_at is null or looked_at < ${since})`,
      order: sql`expires_at`,
      limit: AT_A_TIME,
    });
    if (batch.length === 0) return sum;
    const { bound, expired } = await settleEach(deps, batch, "reconcile");
    sum.bound += bound;
    sum.expired += expired;
  }
}

/**
 * Settles intents whose group showed up after the lease, now that the mirror is
 * complete; also those whose order has a group, if no event told of another
 * one.
 */
export async function settleLate(deps: DueDeps): Promise<number> {
  const { sql, ground, now, signal } = deps;
  const since = new Date(now() - LATE_MS);
  const late = await lateIntents(sql, since);
  const { bound } = await settleEach(deps, late, "reconcile");
  for (const intent of await intentsBesideOthers(sql, since)) {
    signal?.throwIfAborted();
    await noteOthers(ground, intent, { actor: "system", via: "reconcile" });
  }
  return bound;
}

async function settleEach(
  deps: DueDeps,
  intents: readonly Intent[],
  via: string,
): Promise<Settled> {
  const done: Settled = { bound: 0, expired: 0 };
  for (const intent of intents) {
    deps.signal?.throwIfAborted();
    const end = await settleOne(deps, intent, via);
    if (end) done[end] += 1;
  }
  return done;
}

async function settleOne(
  { ground, now, log }: DueDeps,
  { intentId, orderId }: Intent,
  via: string,
): Promise<keyof Settled | null> {
  try {
    await settle(ground, orderId, { via });
  } catch (error) {
    log("warn", "group.not_looked", { orderId, via, error });
  }
  const { intents, chat } = await ground.recorded(orderId);
  const intent = intents.find((one) => one.intentId === intentId);
  if (intent?.state === "bound") return "bound";
  if (!intent || !isOpen(intent)) return intent ? "expired" : null;
  const cause = { actor: "system", via };
  if (chat && chat.dismissedAt === null) {
    // The order has another group.
    await ground.end(intent, "other_group", cause);
    return null;
  }
  if (now() - intent.expiresAt.getTime() < GIVE_UP_MS) return null;
  await ground.end(intent, lapseReason(intent), cause);
  return "expired";
}
