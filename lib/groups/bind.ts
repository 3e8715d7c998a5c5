/**
 * The moment a chat becomes an order's group, in one transaction, with the order
 * locked before any other row. Whatever races with it meets the unique index (one
 * living group per order) or the chat's own order_id.
 */
import {
  type Sql,
  sqlState,
  type TransactionSql,
  UNIQUE_VIOLATION,
} from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { audit } from "../audit/audit.ts";
import { chatOfOrder, giveToOrder } from "../chats/mirror.ts";
import { endCodes } from "../codes/order_codes.ts";
import { decideCustomer } from "../contacts/decisions.ts";
import { AppError } from "../http/errors.ts";
import { tellOrderEvents, tellPresentMembers } from "../orders/events.ts";
import { lockOrder } from "../orders/lock.ts";
import type { GroupChat } from "../wecom/mod.ts";
import { keepReading } from "./chat_facts.ts";
import { wordsOf } from "./verify.ts";
import type { Intent } from "./intent.ts";
import { type Cause, move } from "./moves.ts";

export interface Binding {
  orderId: string;
  /** The creation that this chat came of; null for a group made by hand. */
  intent: Intent | null;
  chat: GroupChat;
  reading: Reading;
  cause: Cause;
  /**
   * How we know that it is this chat: the client reported it by its id, we found
   * it by looking, or a person chose it. What was only found is not bound once a
   * person is asked.
   */
  evidence: "report" | "look" | "person";
}

/**
 * Binds; doing it again changes nothing. false, with nothing written, when a
 * person was asked meanwhile. Throws CHAT_BOUND_TO_OTHER_ORDER and
 * GROUP_ALREADY_EXISTS.
 */
export async function bind(
  { sql, now }: { sql: Sql; now: () => number },
  binding: Binding,
): Promise<boolean> {
  try {
    await sql.begin((sql) => bindWithin(sql, new Date(now()), binding));
    return true;
  } catch (error) {
    if (error instanceof Asked) return false;
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    const existing = await chatOfOrder(sql, binding.orderId);
    throw new AppError("GROUP_ALREADY_EXISTS", {
      details: existing
        ? { chatId: existing.chatId, groupName: existing.name }
        : undefined,
      cause: error,
    });
  }
}

class Asked extends Error {}

async function bindWithin(
  sql: TransactionSql,
  at: Date,
  { orderId, intent, chat, reading, cause, evidence }: Binding,
): Promise<void> {
  const { chatId } = chat;
  await lockOrder(sql, orderId);
  await keepReading(sql, chat, reading, {
    via: cause.via ?? "bind",
    requestId: cause.requestId ?? null,
  });
  const whose = await giveToOrder(sql, chatId, orderId, at);
  if (whose === "other") throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
  if (whose === "gone") {
    throw new AppError("CHAT_REJECTED", {
      msg: wordsOf({ reason: "unknown" }, "dissolved"),
      details: { reason: "unknown", final: true },
    });
  }
  // Somebody was quicker, maybe for another creation: that is told already.
  if (whose === "already") return;
  const isFound = evidence === "look";
  const moved = intent && await move(sql, "bind", cause, {
    of: { intentId: intent.intentId },
    at,
    set: (sql) => sql`chat_id = ${chatId}, bound_at = ${at}`,
    detail: { evidence },
    ...(isFound ? { where: (sql) => sql`asked_at is null` } : {}),
  });
  if (isFound && moved?.length === 0) throw new Asked();
  // The order's other creations that are under way end with this.
  await move(sql, "yield", cause, {
    of: { orderId },
    at,
    reason: "other_group",
  });
  if (!moved?.length) {
    // A group made by hand, or a second one of a creation that had led to
    // another.
    await tellOrderEvents(sql, at, [{
      orderId,
      kind: "bound",
      chatId,
      actor: cause.actor,
      via: cause.via ?? null,
      requestId: cause.requestId ?? null,
      detail: { evidence },
    }]);
  }
  if (intent) {
    await decideCustomer(
      sql,
      {
        orderId,
        externalUserId: intent.customerExternalUserId,
        source: "group",
        wxUserId: intent.createdBy,
      },
      at,
      cause.requestId ?? null,
    );
  }
  await endCodes(sql, orderId, at);
  await tellPresentMembers(sql, orderId, chatId);
  await cause.audited?.(sql, { chatId, status: "active" });
  await audit(sql, () => at.getTime(), {
    ...cause,
    action: "group.bound",
    subject: orderId,
    orderId,
    outcome: "done",
    detail: {
      chatId,
      intentId: intent?.intentId ?? null,
      via: cause.via ?? null,
    },
  });
}
