/**
 * Whether the viewer is in the group (who is not can neither open it nor add
 * anybody), and what groups there are besides it.
 */
import { isSameUser } from "../../staff/user_id.ts";
import type { GroupPageModel } from "../model.ts";
import type { At } from "./step.ts";

/** Known once the server has read who is in it. */
export function isOutside(
  { members = [], missing = [] }: At<"done">["group"],
  wxUserId: string,
): boolean {
  const isViewer = (one: { memberId: string }) =>
    isSameUser(one.memberId, wxUserId);
  return missing.some(isViewer) ||
    members.length > 0 && !members.some(isViewer);
}

/** chatIds of groups that were made for the order besides its own. */
export function extraChats({ group, made }: At<"done">): string[] {
  const twins = group.twins?.map(({ chatId }) => chatId) ?? [];
  return made ? [...twins, made] : twins;
}

/** What a colleague is on the order; empty for others. */
export const roleOf = (
  { staff }: Pick<GroupPageModel, "staff">,
  wxUserId: string,
): string =>
  staff.find((one) => isSameUser(one.wxUserId, wxUserId))?.role ?? "";
