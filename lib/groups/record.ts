/**
 * The client says that it created the group. The report is stored first; what can
 * be verified is verified and bound at once, and what WeCom cannot tell yet is
 * searched for: a report that was stored is never an error.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import { type ChatRow, findChat } from "../chats/mirror.ts";
import { AppError } from "../http/errors.ts";
import { lockOrder } from "../orders/lock.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { WecomError } from "../wecom/mod.ts";
import { bind } from "./bind.ts";
import { notFound } from "./errors.ts";
import { ALONE_SEARCH_MS, type Intent, LEASE_MS, SEARCH_MS } from "./intent.ts";
import { findIntent } from "./intents.ts";
import { type Asked, type Cause, move } from "./moves.ts";
import type { Ground } from "./ground.ts";
import { noteOthers } from "./other_groups.ts";
import { wasAlone } from "./second.ts";
import { settle } from "./settle.ts";
import type { Situation } from "./situation.ts";
import { wordsOf } from "./verify.ts";
import { type CheckedReport, verifyReport } from "./verify_report.ts";

export type Recorded =
  | { status: "active"; chat: ChatRow }
  | { status: "searching"; groupName: string };

/** Throws CHAT_REJECTED, GROUP_ALREADY_EXISTS, CHAT_BOUND_TO_OTHER_ORDER. */
export type RecordGroup = (
  actor: Actor,
  order: Order,
  intent: Intent,
  chatId: string | null,
  asked?: Asked,
) => Promise<Recorded>;

interface RecordDeps {
  sql: Sql;
  ground: Ground;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Log;
  situation: (orderId: string) => Promise<Situation>;
}

export function createRecord(deps: RecordDeps): RecordGroup {
  const { sql, ground, now, log } = deps;

  async function search(
    reported: Intent,
    first: boolean,
    requestId: string | null,
  ): Promise<Recorded> {
    const { orderId, groupName } = reported;
    try {
      // Only the first report asks WeCom immediately; repeating it is not
      // faster.
      await settle(ground, orderId, {
        via: "record",
        requestId,
        ...(first ? { since: now() } : {}),
      });
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      log("warn", "group.not_looked", { orderId, via: "record", error });
    }
    const situation = await deps.situation(orderId);
    switch (situation.kind) {
      case "active":
        return { status: "active", chat: situation.chat };
      case "prepared":
      case "launched":
      case "searching":
        return { status: "searching", groupName };
      case "question":
        if (situation.open) return { status: "searching", groupName };
        throw notFound(situation);
      default:
        throw notFound(situation);
    }
  }

  async function verifyAndBind(
    reported: Intent,
    chatId: string,
    cause: Cause,
  ): Promise<Recorded> {
    const { orderId, groupName } = reported;
    let checked: CheckedReport;
    try {
      checked = await verifyReport(deps, chatId, reported);
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      log("warn", "group.not_verified", { orderId, chatId, error });
      return { status: "searching", groupName };
    }
    if (checked.kind === "fits") {
      const { chat, reading } = checked.answer;
      await bind(deps, {
        orderId,
        intent: reported,
        chat,
        reading,
        cause,
        evidence: "report",
      });
      await noteOthers(ground, reported, cause);
      const situation = await deps.situation(orderId);
      if (situation.kind !== "active") {
        throw new Error("Cannot find what is bound");
      }
      return { status: "active", chat: situation.chat };
    }
    if (!checked.final) return { status: "searching", groupName };
    await retract(reported.intentId, chatId, cause);
    const { refusal, answer } = checked;
    throw new AppError("CHAT_REJECTED", {
      msg: wordsOf(refusal, answer.kind),
      details: { ...refusal, final: true },
    });
  }

  /**
   * This group is one too many: it is stored, so that people are told to
   * dissolve it.
   */
  async function noteSecond(
    intent: Intent,
    chatId: string,
    cause: Cause,
  ): Promise<void> {
    try {
      await ground.read(chatId, "record");
      await noteOthers(ground, intent, cause);
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      const { orderId } = intent;
      log("warn", "group.second_not_read", { orderId, chatId, error });
    }
  }

  async function retract(
    intentId: string,
    chatId: string,
    cause: Cause,
  ): Promise<void> {
    await move(sql, "retract", cause, {
      of: { intentId },
      at: new Date(now()),
      // The order is held until the end of the lease again, not of the search.
      set: (sql) =>
        sql`chat_id = null, reported_at = null,
        expires_at = least(expires_at, ${LEASE_MS} * interval '1 millisecond'
          + case when attempt is null then reported_at else created_at end)`,
      where: (sql) => sql`chat_id = ${chatId}`,
      detail: { chatId },
    });
  }

  return async (actor, order, intent, chatId, asked = {}) => {
    const { orderId } = order;
    const cause: Cause = {
      actor: actor.wxUserId,
      via: "record",
      ...asked,
    };
    const known = await deps.situation(orderId);
    if (known.kind === "active") {
      const { chat } = known;
      if (chatId === null || chatId === chat.chatId) {
        return { status: "active", chat };
      }
      await noteSecond(intent, chatId, cause);
      throw new AppError("GROUP_ALREADY_EXISTS", {
        details: { chatId: chat.chatId, groupName: chat.name },
      });
    }
    // Another order has this chat already, so it cannot be ours: the order is
    // not held up by a search.
    const claimed = chatId === null ? null : await findChat(sql, chatId);
    if (claimed?.orderId && claimed.orderId !== orderId) {
      await retract(intent.intentId, claimed.chatId, cause);
      throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
    }
    // An intent that has ended stays so, but a group that was really made still
    // counts.
    const reported = await report(deps, intent, chatId, cause);
    const wanted = chatId ?? reported.chatId;
    return wanted === null
      ? await search(
        reported,
        intent.reportedAt === null,
        cause.requestId ?? null,
      )
      : await verifyAndBind(reported, wanted, cause);
  };
}

/**
 * Stores what the client told. One that ended before it was reported is searched
 * for after all, while it is its order's newest: a cancel may overtake what it was
 * meant for.
 */
async function report(
  { sql, now }: Pick<RecordDeps, "sql" | "now">,
  intent: Intent,
  chatId: string | null,
  cause: Cause,
): Promise<Intent> {
  const at = new Date(now());
  // One colleague and one customer, and no id: most likely it was no group.
  const searchMs = chatId === null && wasAlone(intent)
    ? ALONE_SEARCH_MS
    : SEARCH_MS;
  const [moved] = await sql.begin(async (sql) => {
    // Somebody who begins anew at the same time must see the report, or they
    // would end the creation that it tells of.
    await lockOrder(sql, intent.orderId);
    const moved = await move(sql, "report", cause, {
      of: { intentId: intent.intentId },
      at,
      set: (sql) =>
        sql`chat_id = coalesce(${chatId}, chat_id),
        reported_at = coalesce(reported_at, ${at}),
        launched_at = coalesce(launched_at, created_at),
        expires_at = case when reported_at is null
          then ${new Date(now() + searchMs)} else expires_at end`,
      where: (sql) =>
        sql`case when state in ('pending', 'searching')
        then state = 'pending'
          or ${chatId}::text is not null and chat_id is distinct from ${chatId}
        else reported_at is null and not exists (
          select 1 from group_intent later
          where later.order_id = group_intent.order_id
            and later.created_at > group_intent.created_at) end`,
    });
    for (const { chatId } of moved) {
      await cause.audited?.(sql, { chatId, status: "searching" });
    }
    return moved;
  });
  if (moved) return moved;
  return await findIntent(sql, intent.intentId) ?? intent;
}
