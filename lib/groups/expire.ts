/**
 * The end of an intent whose lease is over: the order is free again, and the
 * audit log says what happened. Whoever asks for the group next is told so.
 */
import type { Sql } from "../store/database.ts";
import { audit } from "../audit/audit.ts";
import { toChoose } from "./candidates.ts";
import { fittingChats, wantedBy } from "./discover.ts";
import type { Intent } from "./intents.ts";

export type EndReason =
  | "not_found_in_time"
  | "not_reported"
  | "not_chosen"
  | "not_asked"
  | "cancelled";

export const ENDINGS: Record<EndReason, string> = {
  not_found_in_time:
    "上次发起的建群，在企业微信里一直没有查到这个群，已停止查找。可以重新发起",
  not_reported: "上次发起的建群没有完成，可以重新发起",
  not_chosen:
    "上次发起的建群，查到了可能的群，还没有人确认。请先选出这个订单的群",
  not_asked:
    "上次发起的建群，企业微信一直没有回应，还不知道群建好没有。重新发起时会先再查一次，不会重复建群",
  cancelled: "上次发起的建群已取消，可以重新发起",
};

/** A group that was made shows up in WeCom's list by then, by all experience. */
const LAG_MS = 60_000;

type Told = Pick<Intent, "reportedAt" | "expiresAt" | "missedAt">;

/** From when on a look that does not find the group tells that there is none. */
export function provenFrom({ reportedAt, expiresAt }: Told): number {
  return reportedAt === null
    ? expiresAt.getTime()
    : reportedAt.getTime() + LAG_MS;
}

/** Did WeCom, asked late enough to show the group, not have it? */
export function wasLookedFor(intent: Told): boolean {
  return (intent.missedAt?.getTime() ?? -Infinity) >= provenFrom(intent);
}

/**
 * Why this intent, which is not live any more, did not lead to a group.
 * `undecided`: there are groups that a person has to choose from.
 */
export function endReason(
  intent: Told & Pick<Intent, "state">,
  undecided: boolean,
): EndReason {
  if (intent.state === "cancelled") return "cancelled";
  if (undecided) return "not_chosen";
  if (!wasLookedFor(intent)) return "not_asked";
  return intent.reportedAt === null ? "not_reported" : "not_found_in_time";
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
    const fitting = await fittingChats(sql, wantedBy(ended));
    const undecided = await toChoose(sql, fitting, ended);
    await audit(sql, now, {
      actor: "system",
      action: "group.intent_expired",
      subject: orderId,
      outcome: "failed",
      detail: {
        intentId: ended.intentId,
        createdBy: ended.createdBy,
        reason: endReason(ended, undecided.length > 0),
      },
    });
    return true;
  });
}
