/** Who is who on the order, and what groups there are besides its own. */
import { isSameUser } from "../../staff/user_id.ts";
import type { GroupPageModel } from "../model.ts";
import type { At } from "./step.ts";

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
