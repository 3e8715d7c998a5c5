/**
 * Reads intents, and remembers the looks for their groups: when the last one
 * was, when one found nothing, which chats a person was asked about. Nothing
 * here changes a state; only `moves.ts` does.
 */
import type { Fragment, Queries } from "../store/database.ts";
import { literal } from "../store/literal.ts";
import { tellOrderEvents } from "../orders/events.ts";
import { type Intent, type IntentRow, LEASE_MS, toIntent } from "./intent.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { userKey } from "../staff/user_id.ts";
import { LATE_MS, SKEW_MS } from "./decide.ts";
import type { Cause } from "./moves.ts";

export interface Intents {
  find(intentId: string): Promise<Intent | null>;
}

export async function findIntent(
  queries: Queries,
  intentId: string,
): Promise<Intent | null> {
  const [row] = await queries<IntentRow[]>`
    select * from group_intent where intent_id = ${intentId}`;
  return row ? toIntent(row) : null;
}

/** All of an order, the newest first. */
export async function intentsOf(
  queries: Queries,
  orderId: string,
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    select * from group_intent where order_id = ${orderId}
    order by created_at desc, intent_id`;
  return rows.map(toIntent);
}

/**
 * Intents of all orders, in any state, that a chat of one of these owners, made
 * in this time, could have come of. A rough choice; `decide` looks closer.
 */
export async function intentsAround(
  queries: Queries,
  { ownerKeys, from, until }: { ownerKeys: string[]; from: Date; until: Date },
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    select * from group_intent
    where user_keys(user_ids) && ${ownerKeys}::text[]
      -- By the people alone: an index of times would be read for half of all.
      and created_at <= ${until}
      and expires_at + interval '0' >= ${from}`;
  return rows.map(toIntent);
}

/**
 * Those of them that still wait for their group: each order's newest one, while
 * the order has no group and nobody gave the creation up.
 */
export async function waitingAround(
  queries: Queries,
  around: { ownerKeys: string[]; from: Date; until: Date },
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    select * from group_intent intent
    where user_keys(user_ids) && ${around.ownerKeys}::text[]
      and created_at <= ${around.until}
      and expires_at + interval '0' >= ${around.from}
      and state in ('pending', 'searching', 'expired')
      and ${isNewest(queries)}
      and ${isWithoutGroup(queries)}`;
  return rows.map(toIntent);
}

/** How many creations are open, of all orders. */
export async function countOpen(
  queries: Queries,
): Promise<{ pending: number; searching: number }> {
  const [row] = await queries<{ pending: number; searching: number }[]>`
    select count(*) filter (where state = 'pending')::int as pending,
      count(*) filter (where state = 'searching')::int as searching
    from group_intent where state in ('pending', 'searching')`;
  return row ?? { pending: 0, searching: 0 };
}

/** May this chat become an order's group, once the right people are in it? */
export async function isAwaited(
  queries: Queries,
  chat: Pick<ChatRow, "orderId" | "owner" | "createdAt" | "firstReading">,
): Promise<boolean> {
  if (chat.orderId !== null) return false;
  const made = chat.createdAt.getTime();
  const waiting = await waitingAround(queries, {
    ownerKeys: [userKey(chat.owner)],
    from: new Date(made - LATE_MS),
    until: new Date(made + SKEW_MS),
  });
  const firstReading = Number(chat.firstReading);
  return waiting.some((intent) => intent.openedReading <= firstReading);
}

/** The lease of a sheet of the release before begins anew. */
export async function renewLease(
  queries: Queries,
  intent: Intent,
  now: number,
): Promise<Intent> {
  const expiresAt = new Date(now + LEASE_MS);
  await queries`
    update group_intent
    set expires_at = ${expiresAt}, updated_at = ${new Date(now)}
    where intent_id = ${intent.intentId} and state = 'pending'`;
  return { ...intent, expiresAt };
}

/** A look at WeCom that began at `since` (ms since epoch) did not bind it. */
export async function noteMissed(
  queries: Queries,
  intentId: string,
  since: number,
): Promise<void> {
  await queries`
    update group_intent
    set missed_at = greatest(missed_at, ${new Date(since)})
    where intent_id = ${intentId} and state <> 'active'`;
}

/**
 * Stores chats that may be the intent's group. With `ask` the question to a
 * person begins, once; without it they are only remembered. Call it in a
 * transaction.
 */
export async function noteCandidates(
  queries: Queries,
  intent: Intent,
  chatIds: readonly string[],
  { ask, at, cause }: { ask: boolean; at: Date; cause: Cause },
): Promise<void> {
  if (chatIds.length === 0) return;
  await queries`
    insert into group_candidate (intent_id, chat_id, asked_at)
    select ${intent.intentId}, chat_id, ${at}
    from unnest(${[...chatIds]}::text[]) as chat_id
    on conflict do nothing`;
  if (!ask) return;
  // Somebody may have been quicker: the order has a group, or a newer creation.
  const asked = await queries`
    update group_intent set asked_at = ${at}
    where intent_id = ${intent.intentId} and asked_at is null
      and not exists (
        select 1 from chat where chat.order_id = group_intent.order_id
          and chat.dismissed_at is null)
      and not exists (
        select 1 from group_intent later
        where later.order_id = group_intent.order_id
          and later.created_at > group_intent.created_at)
    returning 1`;
  if (asked.length === 0) return;
  await tellOrderEvents(queries, at, [{
    orderId: intent.orderId,
    kind: "question_asked",
    ...cause,
    intentId: intent.intentId,
    detail: { candidates: chatIds.length },
  }]);
}

/** Claims what is due, so that no two instances look for the same group. */
export async function claimLooks(
  queries: Queries,
  at: Date,
  { due, order, limit }: { due: Fragment; order: Fragment; limit: number },
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    update group_intent set looked_at = ${at}
    where intent_id in (
      select intent_id from group_intent
      where state in ('pending', 'searching') and ${due}
      order by ${order} limit ${literal(queries, limit)}
      for update skip locked)
    returning *`;
  return rows.map(toIntent);
}

/**
 * Of orders without a group the newest intent, if its time has run out since
 * then, or if its group was dissolved since then.
 */
export async function lateIntents(
  queries: Queries,
  since: Date,
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    select * from group_intent intent
    where intent_id in (
        select intent_id from group_intent
        where state = 'expired' and ${isSince(queries, "expires_at", since)}
        union
        select waiting.intent_id from chat gone
        join group_intent waiting using (order_id)
        where ${isSince(queries, "gone.dismissed_at", since)}
          and waiting.state = 'active' and waiting.asked_at is null)
      and ${isNewest(queries)}
      and ${isWithoutGroup(queries)}`;
  return rows.map(toIntent);
}

/**
 * Of orders with a group the newest intent, if it began since then, and if a
 * group with the same people has no order and is not yet stored as another
 * group of this one. A rough choice.
 */
export async function intentsBesideOthers(
  queries: Queries,
  since: Date,
): Promise<Intent[]> {
  const rows = await queries<IntentRow[]>`
    select * from group_intent intent
    -- An intent ends later than it begins; the index is by its end.
    where created_at > ${since}
      and ${isSince(queries, "expires_at", since)}
      and ${isNewest(queries)}
      and exists (
        select 1 from chat where chat.order_id = intent.order_id
          and chat.dismissed_at is null)
      and exists (
        select 1 from chat free
        where free.order_id is null and free.dismissed_at is null
          and free.created_at > ${since}
          and lower(free.owner collate "C") = any(user_keys(intent.user_ids))
          and not exists (
            select 1 from group_candidate known
            join group_intent own using (intent_id)
            where known.chat_id = free.chat_id
              and own.order_id = intent.order_id)
        -- For each intent by itself, by the owners: all groups are read otherwise.
        offset 0)`;
  return rows.map(toIntent);
}

/**
 * Between then and for ever: by no estimate does that look like a third of the
 * table, as "later than" does.
 */
function isSince(queries: Queries, column: string, since: Date): Fragment {
  const name = queries(column);
  return queries`${name} > ${since} and ${name} < 'infinity'`;
}

/** No later creation of the order was begun; of a row `intent`. */
function isNewest(queries: Queries): Fragment {
  return queries`not exists (
    select 1 from group_intent later
    where later.order_id = intent.order_id
      and later.created_at > intent.created_at)`;
}

/** The order has no living group; of a row `intent`. */
function isWithoutGroup(queries: Queries): Fragment {
  return queries`not exists (
    select 1 from chat where chat.order_id = intent.order_id
      and chat.dismissed_at is null)`;
}
