/**
 * The end of an intent whose lease is over: the order is free again, and the
 * audit log says what happened. Whoever asks for the group next is told so.
 */
import type { Sql } from "../store/database.ts";
import { audit } from "../audit/audit.ts";
import type { Intent } from "./intents.ts";

export type EndReason = "not_found_in_time" | "not_reported" | "cancelled";

export const ENDINGS: Record<EndReason, string> = {
  not_found_in_time:
    "上次发起的建群，在企业微信里一直没有查到这个群，已停止查找。可以重新发起",
  not_reported: "上次发起的建群没有完成，可以重新发起",
  cancelled: "上次发起的建群已取消，可以重新发起",
};

/** Why this intent, which is not live any more, did not lead to a group. */
export function endReason(
  intent: Pick<Intent, "state" | "reportedAt">,
): EndReason {
  if (intent.state === "cancelled") return "cancelled";
  return intent.reportedAt === null ? "not_reported" : "not_found_in_time";
}

/**
 * What people are told of an intent that is over; null where a group came of it
 * or somebody gave it up.
 */
export function endingOf(
  intent: Pick<Intent, "state" | "reportedAt">,
): string | null {
  if (intent.state === "active" || intent.state === "cancelled") return null;
  return ENDINGS[endReason(intent)];
}

/** Expires the order's live intent if its lease is over; tells whether it did. */
export async function expireOver(
  sql: Sql,
  now: () => number,
  orderId: string,
): Promise<boolean> {
  const at = new Date(now());
  return await sql.begin(async (sql) => {
    const [ended] = await sql<Intent[]>`
      update group_intent set state = 'expired', updated_at = ${at}
      where order_id = ${orderId} and state in ('pending', 'searching')
        and expires_at <= ${at}
      returning *`;
    if (!ended) return false;
    await audit(sql, now, {
      actor: "system",
      action: "group.intent_expired",
      subject: orderId,
      outcome: "failed",
      detail: {
        intentId: ended.intentId,
        createdBy: ended.createdBy,
        reason: endReason(ended),
      },
    });
    return true;
  });
}
