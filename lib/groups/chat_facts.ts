/**
 * Writes the events of an order's group in the transaction that writes the
 * group. Whoever writes down an answer of groupchat/get (92122), or what
 * WeCom's events told, does it by these functions, so that no change of a group
 * goes without its event. Who is in a group when it is bound is told by the
 * binding.
 */
import type { Queries, Sql } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { auditAll, type AuditEntry } from "../audit/audit.ts";
import type { ChatChanges, ChatMove } from "../chats/changes.ts";
import { markDismissed, markRefused, saveChat } from "../chats/mirror.ts";
import type { ChatAnswer } from "../chats/read_chat.ts";
import type { ToldMoves } from "../chats/told_moves.ts";
import { type OrderEvent, tellOrderEvents } from "../orders/events.ts";
import type { GroupChat } from "../wecom/mod.ts";

export interface FactSource {
  /**
   * What found the change: `record`, `callback`, `page`, `reconcile` and so on.
   */
  readonly via: string;
  readonly requestId?: string | null;
}

/**
 * Writes the group as it was read, with its events; null when the mirror has a
 * later reading.
 */
export async function keepReading(
  queries: Queries,
  chat: GroupChat,
  reading: Reading,
  source: FactSource & { readonly told?: ToldMoves },
): Promise<ChatChanges | null> {
  const changes = await saveChat(queries, chat, reading, source.told);
  await tellChatFacts(queries, changes, { ...source, at: reading.at });
  return changes;
}

/**
 * Writes down that the group is dissolved, with its events; null when that was
 * known.
 */
export async function keepEnd(
  queries: Queries,
  chatId: string,
  reading: Reading,
  source: FactSource,
): Promise<ChatChanges | null> {
  const changes = await markDismissed(queries, chatId, reading);
  await tellChatFacts(queries, changes, { ...source, at: reading.at });
  return changes;
}

/**
 * Writes an answer down. Of a group that is not in the mirror a refusal is not
 * kept: there is nothing to say of it.
 */
export async function keepAnswer(
  sql: Sql,
  answer: ChatAnswer,
  via: string,
): Promise<void> {
  const { chatId, reading } = answer;
  await sql.begin(async (sql) => {
    if (answer.kind === "present") {
      await keepReading(sql, answer.chat, reading, { via });
    } else if (answer.kind === "dissolved") {
      await keepEnd(sql, chatId, reading, { via });
    } else await markRefused(sql, chatId, reading);
  });
}

/** Call it in the transaction that made the changes. */
export async function tellChatFacts(
  queries: Queries,
  changes: ChatChanges | null,
  { via, requestId = null, at }: FactSource & { readonly at: Date },
): Promise<void> {
  if (changes === null) return;
  const { chatId, orderId, lostOrderId, dismissed } = changes;
  const source = { actor: "wecom", chatId, via, requestId };
  const entry = { actor: "wecom", outcome: "done", requestId } as const;
  const events: OrderEvent[] = [];
  const entries: AuditEntry[] = [];
  if (lostOrderId !== null) {
    events.push({ ...source, orderId: lostOrderId, kind: "unbound" });
    entries.push({
      ...entry,
      action: "group.unbound",
      subject: lostOrderId,
      orderId: lostOrderId,
      detail: { chatId },
    });
  }
  if (orderId !== null) {
    const customers = await customersAmong(queries, orderId, changes.moves);
    const told = factsOf(changes, customers);
    events.push(...told.map((one) => ({ ...source, orderId, ...one })));
  }
  if (orderId !== null && dismissed) {
    entries.push({
      ...entry,
      action: "group.dismissed",
      subject: orderId,
      orderId,
      detail: { chatId, via },
    });
  }
  await auditAll(queries, () => at.getTime(), entries);
  await tellOrderEvents(queries, at, events);
}

type Fact = Pick<OrderEvent, "kind" | "at" | "detail">;

function factsOf(
  { renamed, ownerChanged, dismissed, moves }: ChatChanges,
  customers: ReadonlySet<string>,
): Fact[] {
  const facts = moves.flatMap((move) => factsOfMove(move, customers));
  if (ownerChanged) {
    const { from, to } = ownerChanged;
    facts.push({ kind: "owner_changed", detail: { from, to } });
  }
  if (renamed) facts.push({ kind: "renamed" });
  if (dismissed) facts.push({ kind: "dismissed" });
  return facts;
}

function factsOfMove(move: ChatMove, customers: ReadonlySet<string>): Fact[] {
  const { kind, memberId, type } = move;
  const at = new Date(move.at);
  if (kind === "left") {
    return [{ kind, at, detail: { memberId, type, scene: move.scene } }];
  }
  // An event had told that this person left; now we know that the stay goes on.
  if (move.again) return [{ kind, detail: { memberId, type, again: true } }];
  const joined: Fact = { kind, at, detail: { memberId, type } };
  if (!customers.has(memberId)) return [joined];
  const detail = { externalUserId: memberId };
  return [joined, { kind: "customer_joined", at, detail }];
}

/**
 * Who of these people is a customer of the order, by a creation or a decision.
 */
async function customersAmong(
  queries: Queries,
  orderId: string,
  moves: readonly ChatMove[],
): Promise<Set<string>> {
  const ids = moves.filter((one) =>
    one.kind === "joined" && one.type === "external"
  ).map((one) => one.memberId);
  if (ids.length === 0) return new Set();
  const rows = await queries<{ id: string }[]>`
    select id from unnest(${ids}::text[]) as id
    where exists (
      select 1 from group_intent
      where order_id = ${orderId} and id = any(external_user_ids))
    or exists (
      select 1 from customer_decision
      where order_id = ${orderId} and external_user_id = id
        and ended_at is null)`;
  return new Set(rows.map((row) => row.id));
}
