/** The events of orders against the record: each order's own, step by step. */
import type { Sql } from "../../lib/store/database.ts";
import type { Difference } from "./compare.ts";
import type { Ledger, Made } from "./ledger.ts";
import {
  type ChatFacts,
  type IntentFacts,
  judgeBinding,
  judgeIntent,
  judgeMembers,
  judgeQuestions,
  type Told,
} from "./judge_events.ts";

export async function compareEvents(
  sql: Sql,
  { made }: Ledger,
): Promise<Difference[]> {
  const events = await sql<Told[]>`
    select order_id, kind, chat_id, intent_id, via, detail
    from order_event order by event_id`;
  const intents = await sql<IntentFacts[]>`
    select intent_id, order_id, state, chat_id, end_reason,
      reported_at is not null as reported,
      launched_at is not null as launched, asked_at is not null as asked
    from group_intent`;
  const chats = await sql<ChatFacts[]>`
    select chat_id, order_id, owner, dismissed_at is not null as dismissed,
      coalesce((select array_agg(m.member_id) from chat_member m
        where m.chat_id = c.chat_id and m.left_at is null), '{}') as members
    from chat c`;
  const known = new Map(chats.map((chat) => [chat.chatId, chat]));
  const told = Map.groupBy(events, (one) => one.orderId);
  const opened = Map.groupBy(intents, (one) => one.orderId);
  const bound = Map.groupBy(chats, (one) => one.orderId);
  const alike = Map.groupBy(made.filter(isOneOfTwo), (one) => one.orderId);
  const madeBy = new Map(made.map((one) => [one.chatId, one.intentId]));
  const orders = new Set([...told.keys(), ...opened.keys()]);
  for (const orderId of bound.keys()) if (orderId) orders.add(orderId);
  const differences: Difference[] = [];
  for (const subject of orders) {
    const own = told.get(subject) ?? [];
    const facts = opened.get(subject) ?? [];
    const ids = new Set(facts.map((one) => one.intentId));
    const found = own
      .filter((one) => one.intentId !== null && !ids.has(one.intentId))
      .map((one) => `${one.kind} of ${one.intentId}, which is no intent of it`);
    for (const intent of facts) found.push(...judgeIntent(intent, own));
    const mentioned = own.filter((one) => !OF_REPORTS.has(one.kind))
      .flatMap((one) => one.chatId ?? []);
    const mine = (bound.get(subject) ?? []).map((chat) => chat.chatId);
    for (const chatId of new Set([...mentioned, ...mine])) {
      const chat = known.get(chatId);
      if (!chat) {
        found.push(`${chatId} is told of and is not there`);
        continue;
      }
      found.push(...judgeBinding(subject, chat, own));
      if (chat.orderId === subject) found.push(...judgeMembers(chat, own));
    }
    for (const detail of found) {
      differences.push({ kind: "events", subject, detail });
    }
    const unasked = judgeQuestions(own, alike.get(subject) ?? [], madeBy);
    for (const detail of unasked) {
      differences.push({ kind: "unasked", subject, detail });
    }
  }
  return [...differences, ...await choicesUntold(sql)];
}

/** Made at one tap with another one: nothing tells the two apart. */
function isOneOfTwo(one: Made, _at: number, all: readonly Made[]): boolean {
  return all.some((other) =>
    other.chatId !== one.chatId && other.intentId === one.intentId &&
    Math.abs(other.at - one.at) < AT_ONCE_MS
  );
}

const AT_ONCE_MS = 100;

/** They name what a client said, whether there is such a chat or not. */
const OF_REPORTS: ReadonlySet<Told["kind"]> = new Set([
  "reported",
  "retracted",
  "ended",
]);

/** Who the customer is was decided, and no event tells. */
async function choicesUntold(sql: Sql): Promise<Difference[]> {
  const rows = await sql<{ orderId: string; externalUserId: string }[]>`
    select order_id, external_user_id from customer_decision decided
    where not exists (select 1 from order_event told
      where told.order_id = decided.order_id
        and told.kind = 'customer_chosen'
        and told.detail ->> 'externalUserId' = decided.external_user_id)`;
  return rows.map(({ orderId: subject, externalUserId }) => ({
    kind: "events",
    subject,
    detail: `${externalUserId} was chosen untold`,
  }));
}
