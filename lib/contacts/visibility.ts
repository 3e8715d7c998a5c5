/**
 * Does WeCom still show a member's contacts to this app? Asked before anything
 * is ended: a push or a list alone is not believed (92571, 92994).
 */
import {
  batchGetByUser,
  getFollowUserList,
  isLossy,
  type WecomClient,
  WecomError,
} from "../wecom/mod.ts";
import { CODE } from "../wecom/codes/mod.ts";
import { audit } from "../audit/audit.ts";
import { saveLeft, saveReturned } from "../staff/scope.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { TransactionSql } from "../store/database.ts";
import type { Reading } from "../store/reading.ts";
import { hideFollows } from "./mirror.ts";

/** `gone`: left, or out of the app's scope; `unable`: lacks 客户联系. */
export type Visibility = "shown" | "unable" | "gone";

/** No such member, out of the app's scope, who left, without the right. */
const HIDDEN: ReadonlyMap<number, Visibility> = new Map([
  [CODE.UNKNOWN_MEMBER, "gone"],
  [CODE.OUT_OF_SCOPE, "gone"],
  [CODE.MEMBER_LEFT, "gone"],
  [CODE.NO_CONTACT_RIGHT, "unable"],
]);

/** WeCom's word that a member's contacts are not to be seen. */
export function isHidden(error: unknown): boolean {
  return hiddenBy(error) !== null;
}

function hiddenBy(error: unknown): Visibility | null {
  if (!(error instanceof WecomError) || error.errcode === null) return null;
  return HIDDEN.get(error.errcode) ?? null;
}

/**
 * Makes at most two calls; if they contradict each other, `shown`. Throws other
 * errors of WeCom's.
 */
export async function readVisibility(
  wecom: WecomClient,
  wxUserId: string,
): Promise<Visibility> {
  const able = await wecom.call(getFollowUserList, undefined);
  if (able.wxUserIds.some((id) => isSameUser(id, wxUserId))) return "shown";
  try {
    const page = await wecom.call(batchGetByUser, {
      wxUserIds: [wxUserId],
      limit: 1,
    });
    // A row that could not be read may be the person's.
    const doubted = isLossy(able) || isLossy(page);
    return page.contacts.length > 0 || doubted ? "shown" : "unable";
  } catch (error) {
    const hidden = hiddenBy(error);
    if (hidden !== null) return hidden;
    // The person follows nobody: in the app's scope, and not in the list.
    if (error instanceof WecomError && error.errcode === CODE.NO_RELATION) {
      return "unable";
    }
    throw error;
  }
}

/**
 * Whether a member is in the app's scope, from this reading on: in the caller's
 * transaction. The contacts of who left are nobody's.
 */
export async function keepVisibility(
  { sql, now }: { sql: TransactionSql; now: () => number },
  wxUserId: string,
  { left, at, reading }: { left: boolean; at: Date; reading: Reading },
): Promise<void> {
  if (left) await hideFollows(sql, wxUserId, reading);
  const changed = left
    ? await saveLeft(sql, wxUserId, at, reading)
    : await saveReturned(sql, wxUserId, reading);
  if (!changed) return;
  await audit(sql, now, {
    actor: "wecom",
    action: left ? "staff.left_scope" : "staff.entered_scope",
    subject: wxUserId,
    outcome: "done",
  });
}
