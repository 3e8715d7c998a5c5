/**
 * How things stand with orders' groups: one query for many orders, and the one
 * answer that page, flows, lists and console take. It asks WeCom nothing and
 * decides nothing; what it finds was decided in `settle.ts`.
 */
import type { Queries } from "../store/database.ts";
import type { ChatRow } from "../chats/mirror.ts";
import { staffRow } from "../staff/staff.ts";
import {
  type EndReason,
  type Intent,
  type IntentRow,
  isLapsed,
  isLive,
  lapseReason,
  toIntent,
} from "./intent.ts";

/** A group that could be the order's, as a person tells it from others. */
export interface Candidate {
  chatId: string;
  groupName: string;
  createdAt: string;
  memberNames: string[];
}

export type Situation =
  | { kind: "none" }
  /** A page of the release before has its sheet open. */
  | { kind: "prepared"; intent: Intent }
  /** The client was asked. */
  | { kind: "launched"; intent: Intent }
  /** Reported, and not seen in WeCom yet. */
  | { kind: "searching"; intent: Intent }
  /** A person is to choose. `open`: the creation is still under way. */
  | {
    kind: "question";
    intent: Intent;
    candidates: Candidate[];
    open: boolean;
    /** The order's former group, which was dissolved. */
    chat: ChatRow | null;
  }
  | {
    kind: "active";
    chat: ChatRow;
    intent: Intent | null;
    /** Others that were made for the same order, and live. */
    twins: Candidate[];
  }
  | { kind: "dismissed"; chat: ChatRow; intent: Intent | null }
  | { kind: "ended"; intent: Intent; reason: EndReason };

export type UnderWay = Extract<
  Situation,
  { kind: "prepared" | "launched" | "searching" | "question" }
>;

type Prefixed<P extends string, T> = {
  [K in keyof T & string as `${P}${Capitalize<K>}`]: T[K] | null;
};

type Row =
  & { orderId: string; candidates: (Candidate & { claimed: boolean })[] | null }
  & Prefixed<"chat", ChatRow>
  & Prefixed<"intent", IntentRow>;

/** Every order that was given has a situation. */
export async function situationsOf(
  queries: Queries,
  orderIds: readonly string[],
  now: number,
): Promise<Map<string, Situation>> {
  const rows = orderIds.length === 0 ? [] : await queries<Row[]>`
    select o.order_id,
      c.chat_id as chat_chat_id, c.order_id as chat_order_id,
      c.name as chat_name, c.owner as chat_owner,
      c.owner_status as chat_owner_status, c.created_at as chat_created_at,
      c.member_version as chat_member_version, c.reading as chat_reading,
      c.first_reading as chat_first_reading, c.announced as chat_announced,
      c.bound_at as chat_bound_at, c.synced_at as chat_synced_at,
      c.refused_at as chat_refused_at, c.dismissed_at as chat_dismissed_at,
      i.intent_id as intent_intent_id, i.order_id as intent_order_id,
      i.created_by as intent_created_by,
      i.customer_external_user_id as intent_customer_external_user_id,
      i.user_ids as intent_user_ids,
      i.external_user_ids as intent_external_user_ids,
      i.group_name as intent_group_name, i.state as intent_state,
      i.attempt as intent_attempt, i.chat_id as intent_chat_id,
      i.reported_at as intent_reported_at, i.launched_at as intent_launched_at,
      i.bound_at as intent_bound_at, i.ended_at as intent_ended_at,
      i.end_reason as intent_end_reason, i.expires_at as intent_expires_at,
      i.created_at as intent_created_at, i.updated_at as intent_updated_at,
      i.missed_at as intent_missed_at, i.asked_at as intent_asked_at,
      i.opened_reading as intent_opened_reading,
      could.candidates
    from unnest(${[...orderIds]}::text[]) as o (order_id)
    left join lateral (
      select * from chat where chat.order_id = o.order_id
      order by dismissed_at desc nulls first limit 1) c on true
    left join lateral (
      select * from group_intent g where g.order_id = o.order_id
      order by created_at desc, intent_id limit 1) i on true
    left join lateral ${
    candidatesOf(queries)
  } could on i.intent_id is not null`;
  return new Map(rows.map((row) => [row.orderId, situate(row, now)]));
}

export async function situationOf(
  queries: Queries,
  orderId: string,
  now: number,
): Promise<Situation> {
  const found = await situationsOf(queries, [orderId], now);
  return found.get(orderId) ?? { kind: "none" };
}

/** Chats that were found for one of the order's intents and have no order. */
function candidatesOf(queries: Queries) {
  return queries`(
    select jsonb_agg(jsonb_build_object(
      'chatId', k.chat_id, 'groupName', k.name,
      -- Another order that has no group is asked about it, too.
      'claimed', exists (
        select 1 from group_candidate theirs
        join group_intent other using (intent_id)
        where theirs.chat_id = k.chat_id and other.order_id <> o.order_id
          and not exists (
            select 1 from chat living where living.order_id = other.order_id
              and living.dismissed_at is null)),
      'createdAt', to_char(k.created_at at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'memberNames', (
        select coalesce(jsonb_agg(
          coalesce(s.name, nullif(m.name, ''), m.member_id)
          order by m.type desc, m.joined_at, m.member_id), '[]'::jsonb)
        from chat_member m
        left join lateral ${
    staffRow(queries, queries`lower(m.member_id collate "C")`)
  } s on m.type = 'member'
        where m.chat_id = k.chat_id and m.left_at is null)
    ) order by k.created_at desc, k.chat_id) as candidates
    from (
      select distinct found.chat_id from group_candidate found
      join group_intent g using (intent_id) where g.order_id = o.order_id
    ) found join chat k using (chat_id)
    where k.order_id is null and k.dismissed_at is null
      and k.refused_at is null)`;
}

function situate(row: Row, now: number): Situation {
  const chat = unprefix<ChatRow>(row, "chat");
  const stored = unprefix<IntentRow>(row, "intent");
  const intent = stored && toIntent(stored);
  const found = row.candidates ?? [];
  const candidates = found.map(({ claimed: _, ...one }) => one);
  if (chat && chat.dismissedAt === null) {
    const twins = candidates.filter((_, index) => !found[index]?.claimed);
    return { kind: "active", chat, intent, twins };
  }
  const asked = intent !== null && intent.askedAt !== null &&
    candidates.length > 0;
  if (intent && isLive(intent, now)) {
    return asked
      ? { kind: "question", intent, candidates, open: true, chat }
      : { kind: openKind(intent), intent };
  }
  if (asked) {
    return { kind: "question", intent, candidates, open: false, chat };
  }
  // A group that the order got later counts more than this creation's end.
  const later = intent && isLapsed(intent, now) &&
    !(chat?.boundAt && chat.boundAt > intent.createdAt);
  if (chat && !later) {
    return { kind: "dismissed", chat, intent };
  }
  if (!intent || intent.state === "bound") return { kind: "none" };
  return intent.state === "ended"
    ? { kind: "ended", intent, reason: intent.reason }
    : { kind: "ended", intent, reason: lapseReason(intent) };
}

function openKind({ state }: Intent): "prepared" | "launched" | "searching" {
  return state === "prepared" || state === "launched" ? state : "searching";
}

function unprefix<T extends object>(
  row: Row,
  prefix: "chat" | "intent",
): T | null {
  // Most orders have neither: their columns are not gone through.
  const id = prefix === "chat" ? row.chatChatId : row.intentIntentId;
  if (id === null) return null;
  const found: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(row)) {
    if (!name.startsWith(prefix) || name === prefix) continue;
    const rest = name.slice(prefix.length);
    found[rest.charAt(0).toLowerCase() + rest.slice(1)] = value;
  }
  // The columns above are those of the row's type.
  return found as T;
}
