/**
 * The intent to create a group. One live intent (pending or searching) per
 * order: the database's unique index decides when several people tap at once.
 *
 *   pending ──report──▶ searching ──verified──▶ active
 *      │                    │
 *      ├──cancel──▶ cancelled
 *      └──lease over──▶ expired ◀──not found in time
 *
 * One that ended before its first report arrived is searched for after all.
 */
import type { Queries, Sql } from "../store/database.ts";
import { beginReading } from "../store/reading.ts";
import { lockOrder } from "../orders/lock.ts";
import { expireOver, provenFrom, wasLookedFor } from "./expire.ts";

/** A person needs seconds; a locked phone in a pocket needs some minutes. */
export const LEASE_MS = 10 * 60_000;
/** How long a group that was reported without its id is looked for. */
export const SEARCH_MS = 30 * 60_000;

export type IntentState =
  | "pending"
  | "searching"
  | "active"
  | "cancelled"
  | "expired";

export interface Intent {
  intentId: string;
  orderId: string;
  createdBy: string;
  customerExternalUserId: string;
  userIds: string[];
  externalUserIds: string[];
  groupName: string;
  state: IntentState;
  /** What the client reported; not verified yet unless active. */
  chatId: string | null;
  reportedAt: Date | null;
  expiresAt: Date;
  createdAt: Date;
  /** When a look at WeCom that succeeded, and did not find it, began last. */
  missedAt: Date | null;
  /** What was read before this number was known before the creation. */
  openedReading: string;
}

export interface Intents {
  find(intentId: string, queries?: Queries): Promise<Intent | null>;
  /** The live intent of an order, if its lease has not run out. */
  live(orderId: string): Promise<Intent | null>;
  /** The newest intent of an order in any state, for recovery. */
  newest(orderId: string): Promise<Intent | null>;
  /**
   * A new live intent, or the one that is live already. An intent whose lease
   * has run out makes place.
   */
  open(wanted: NewIntent): Promise<{ intent: Intent; created: boolean }>;
  /**
   * pending or searching → searching, with the chat where it is known. So does
   * one that expired or was cancelled before it was reported, while it is its
   * order's newest: a cancel may overtake what it was meant for.
   */
  report(intentId: string, chatId: string | null): Promise<Intent | null>;
  /** The same person goes on: the lease of a pending intent begins anew. */
  renew(intentId: string): Promise<Intent | null>;
  /** A look at WeCom, begun at `since` (ms since epoch), did not find it. */
  missed(intent: Intent, since: number): Promise<void>;
  /** The reported chat was refused for good: as if it had not been reported. */
  retract(intentId: string, chatId: string): Promise<void>;
  /** Ends a pending intent; one that was reported stays. */
  cancel(intentId: string): Promise<boolean>;
  /** Ends a search for a group whose id is not known. */
  cancelSearch(intentId: string): Promise<boolean>;
  /** Ends a live intent; false when it was not live. */
  end(
    intentId: string,
    state: "cancelled" | "expired",
  ): Promise<boolean>;
  /** Ends the order's intent whose lease is over, and writes down why. */
  expire(orderId: string): Promise<boolean>;
}

/** Pending or searching, with its lease not over. */
export function isLive(intent: Intent, now: number): boolean {
  return (intent.state === "pending" || intent.state === "searching") &&
    intent.expiresAt.getTime() > now;
}

/** Came to its end without a group, and nobody gave it up. */
export function isOver(intent: Intent, now: number): boolean {
  return intent.state === "expired" ||
    (intent.state === "pending" || intent.state === "searching") &&
      !isLive(intent, now);
}

export type NewIntent = Pick<
  Intent,
  | "orderId"
  | "createdBy"
  | "customerExternalUserId"
  | "userIds"
  | "externalUserIds"
  | "groupName"
>;

export function createIntents(deps: {
  sql: Sql;
  now: () => number;
  uuid: () => string;
}): Intents {
  const { sql, now, uuid } = deps;

  async function live(orderId: string): Promise<Intent | null> {
    const [row] = await sql<Intent[]>`
      select * from group_intent
      where order_id = ${orderId} and state in ('pending', 'searching')
        and expires_at > ${new Date(now())}`;
    return row ?? null;
  }

  return {
    async find(intentId, queries = sql) {
      const [row] = await queries<Intent[]>`
        select * from group_intent where intent_id = ${intentId}`;
      return row ?? null;
    },

    live,

    async newest(orderId) {
      const [row] = await sql<Intent[]>`
        select * from group_intent where order_id = ${orderId}
        order by created_at desc, intent_id limit 1`;
      return row ?? null;
    },

    async open(wanted) {
      const { at, number: openedReading } = await beginReading(sql, now);
      // Each turn either makes the row or finds it; a second turn is needed
      // only when the live one ended in between.
      for (let turn = 0; turn < 5; turn++) {
        await expireOver(sql, now, wanted.orderId);
        // Instances differ by seconds; the later intent of an order must be
        // the newer one, or the earlier would be taken for the one that counts.
        const [last] = await sql<{ at: Date | null }[]>`
          select max(created_at) as at from group_intent
          where order_id = ${wanted.orderId}`;
        const after = (last?.at?.getTime() ?? 0) + 1;
        const row = {
          ...wanted,
          intentId: uuid(),
          state: "pending",
          openedReading,
          expiresAt: new Date(now() + LEASE_MS),
          createdAt: new Date(Math.max(now(), after)),
          updatedAt: at,
        };
        const [made] = await sql.begin(async (sql) => {
          await lockOrder(sql, wanted.orderId);
          return await sql<Intent[]>`
            insert into group_intent ${sql(row)}
            on conflict (order_id) where state in ('pending', 'searching')
            do nothing returning *`;
        });
        if (made) return { intent: made, created: true };
        const intent = await live(wanted.orderId);
        if (intent) return { intent, created: false };
      }
      throw new Error("Cannot open an intent: others come and go too quickly");
    },

    async report(intentId, chatId) {
      const at = new Date(now());
      const [row] = await sql<Intent[]>`
        update group_intent set state = 'searching',
          chat_id = coalesce(${chatId}, chat_id),
          reported_at = coalesce(reported_at, ${at}),
          expires_at = case when reported_at is null
            then ${new Date(now() + SEARCH_MS)} else expires_at end,
          updated_at = ${at}
        where intent_id = ${intentId} and (
          state in ('pending', 'searching')
          or state in ('expired', 'cancelled') and reported_at is null
          and not exists (
            select 1 from group_intent later
            where later.order_id = group_intent.order_id
              and later.created_at > group_intent.created_at))
        returning *`;
      return row ?? null;
    },

    async renew(intentId) {
      const [row] = await sql<Intent[]>`
        update group_intent set expires_at = ${new Date(now() + LEASE_MS)},
          updated_at = ${new Date(now())}
        where intent_id = ${intentId} and state = 'pending' returning *`;
      return row ?? null;
    },

    async missed(intent, since) {
      if (wasLookedFor(intent) || since < provenFrom(intent)) return;
      await sql`
        update group_intent set missed_at = ${new Date(since)}
        where intent_id = ${intent.intentId}
          and state in ('pending', 'searching', 'expired')`;
    },

    async retract(intentId, chatId) {
      await sql`
        update group_intent set state = 'pending', chat_id = null,
          reported_at = null, updated_at = ${new Date(now())}
        where intent_id = ${intentId} and state = 'searching'
          and chat_id = ${chatId}`;
    },

    async cancel(intentId) {
      const rows = await sql`
        update group_intent set state = 'cancelled',
          updated_at = ${new Date(now())}
        where intent_id = ${intentId} and state = 'pending' returning 1`;
      return rows.length > 0;
    },

    async cancelSearch(intentId) {
      const rows = await sql`
        update group_intent set state = 'cancelled',
          updated_at = ${new Date(now())}
        where intent_id = ${intentId} and state = 'searching'
          and chat_id is null returning 1`;
      return rows.length > 0;
    },

    async end(intentId, state) {
      const rows = await sql`
        update group_intent set state = ${state}, updated_at = ${new Date(
        now(),
      )}
        where intent_id = ${intentId} and state in ('pending', 'searching')
        returning 1`;
      return rows.length > 0;
    },

    expire: (orderId) => expireOver(sql, now, orderId),
  };
}
