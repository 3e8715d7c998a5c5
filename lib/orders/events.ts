/**
 * What happened to orders: facts that are only added, each in the transaction of
 * the change that it tells. Timeline, statistics and automation read them; who
 * tried what, and was refused, is in the audit log.
 */
import type { Queries } from "../store/database.ts";

export const ORDER_EVENT_KINDS = [
  "prepared",
  /** The client was asked to create the group. */
  "asked",
  "reported",
  "retracted",
  "ended",
  "question_asked",
  "bound",
  "unbound",
  "dismissed",
  "owner_changed",
  "renamed",
  "joined",
  "left",
  "customer_joined",
  "customer_chosen",
  /** The order's designer or project manager is another one. */
  "handed_over",
] as const;

export type OrderEventKind = typeof ORDER_EVENT_KINDS[number];

export interface OrderEvent {
  orderId: string;
  kind: OrderEventKind;
  /** When it happened, where that is another time than it was written. */
  at?: Date;
  /** A member of staff, or `erp`, `wecom`, `system`. */
  actor: string;
  chatId?: string | null;
  intentId?: string | null;
  /** What did it or found it: `record`, `callback`, `page`, `link` and the like. */
  via?: string | null;
  requestId?: string | null;
  /** Ids and codes, never a number or a name of a customer. */
  detail?: Record<string, string | number | boolean | null>;
}

/** Call it in the transaction of the change; one statement, however many. */
export async function tellOrderEvents(
  queries: Queries,
  at: Date,
  events: readonly OrderEvent[],
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map((event) => ({
    order_id: event.orderId,
    at: (event.at ?? at).toISOString(),
    kind: event.kind,
    actor: event.actor,
    chat_id: event.chatId ?? null,
    intent_id: event.intentId ?? null,
    via: event.via ?? null,
    request_id: event.requestId ?? null,
    detail: event.detail ?? {},
  }));
  await queries`
    insert into order_event (
      order_id, at, kind, actor, chat_id, intent_id, via, request_id, detail)
    select order_id, at, kind, actor, chat_id, intent_id, via, request_id,
      detail
    from jsonb_to_recordset(${queries.json(rows)}) as told (
      order_id text, at timestamptz, kind text, actor text, chat_id text, intent_id text,
      via text, request_id text, detail jsonb)`;
}

/**
 * Who is in a chat that has become an order's group, each with their own time; of
 * the order's customers that they joined, too.
 */
export async function tellPresentMembers(
  queries: Queries,
  orderId: string,
  chatId: string,
): Promise<void> {
  await queries`
    insert into order_event (order_id, at, kind, actor, chat_id, detail)
    select ${orderId}, m.joined_at, fact.kind, 'wecom', m.chat_id, fact.detail
    from chat_member m
    cross join lateral (
      select 'joined' as kind, jsonb_build_object(
        'memberId', m.member_id, 'type', m.type) as detail
      union all
      select 'customer_joined', jsonb_build_object(
        'externalUserId', m.member_id)
      where m.type = 'external' and (exists (
          select 1 from group_intent i where i.order_id = ${orderId}
            and m.member_id = any(i.external_user_ids))
        or exists (
          select 1 from customer_decision d where d.order_id = ${orderId}
            and d.ended_at is null and d.external_user_id = m.member_id))
    ) fact
    where m.chat_id = ${chatId} and m.left_at is null
    order by m.joined_at, m.member_id, fact.kind desc`;
}
