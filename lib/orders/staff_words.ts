/** Who is what on an order, in words: the same wherever it is read. */
import type { OrderStaff } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import type { Order } from "./order.ts";

export const ROLE_WORDS = {
  designer: "设计师",
  project_manager: "项目经理",
} as const;

/** Empty for who is not on the order. */
export function roleOn(order: OrderStaff, wxUserId: string): string {
  if (isSameUser(wxUserId, order.designerWxUserId)) return ROLE_WORDS.designer;
  return isSameUser(wxUserId, order.projectManagerWxUserId ?? "")
    ? ROLE_WORDS.project_manager
    : "";
}

/** Of one of the order's staff. */
export function nameOn(
  order: Pick<
    Order,
    "designerWxUserId" | "designerName" | "projectManagerName"
  >,
  wxUserId: string,
): string {
  return isSameUser(wxUserId, order.designerWxUserId)
    ? order.designerName
    : order.projectManagerName ?? wxUserId;
}
