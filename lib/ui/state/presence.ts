/** Whether the viewer is in the group: who is not can neither open it nor add anybody. */
import { isSameUser } from "../../staff/user_id.ts";
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
