/**
 * One colleague and one customer are no group: a client that is asked for one
 * (openEnterpriseChat, 98429) may open a one-to-one chat instead, which 92525 calls
 * 单聊, and no id of a group comes back. So a second colleague joins.
 */
import { distinctUsers } from "../staff/user_id.ts";
import type { Intent } from "./intent.ts";

/** Who may join as the second colleague. */
export interface Second {
  /** Somebody said so now: also to have nobody. Else they join where it needs them. */
  asked: boolean;
  person: { wxUserId: string; name: string } | null;
}

export const NO_SECOND: Second = { asked: false, person: null };

/** For who is about to begin. */
export const WHY_SECOND =
  "群里只有一位同事和一位客户时，企业微信打开的可能是单聊，建不成群，所以要再加一位同事";

/** For who began one, and no group came of it. */
export const WAS_ALONE =
  "上次建群只有一位同事和一位客户，企业微信打开的可能是单聊，没有查到群。请再加一位同事，重新建群";

/** Whether what was asked for was one colleague and one customer. */
export function wasAlone(
  { createdBy, userIds, externalUserIds }: Pick<
    Intent,
    "createdBy" | "userIds" | "externalUserIds"
  >,
): boolean {
  return externalUserIds.length === 1 &&
    distinctUsers([createdBy, ...userIds]).length === 1;
}
