/**
 * Who acts. The role comes from the ERP's push, or from `ADMIN_USERIDS`; never
 * from a parameter. What each role may is in `lib/flows/rights.ts`.
 */
import { distinctUsers, isSameUser } from "./user_id.ts";

export const ROLES = [
  "designer",
  "project_manager",
  "operator",
  "admin",
] as const;

export type Role = typeof ROLES[number];

export interface Actor {
  /** As WeCom spelled it at the sign-in. */
  wxUserId: string;
  name: string;
  role: Role;
  storeName: string | null;
}

export interface OrderStaff {
  designerWxUserId: string;
  projectManagerWxUserId: string | null;
}

/** Designer or project manager of this order. */
export function isOnOrder(
  actor: Pick<Actor, "wxUserId">,
  order: OrderStaff,
): boolean {
  return staffOf(order).some((id) => isSameUser(id, actor.wxUserId));
}

/** Designer and project manager, once where they are the same person. */
export function staffOf(order: OrderStaff): string[] {
  const ids = [order.designerWxUserId, order.projectManagerWxUserId];
  return distinctUsers(ids.filter((id): id is string => Boolean(id)));
}
