/**
 * Which orders a person may open: designer and project manager their own,
 * operator and admin all (DESIGN decision 6).
 */
import type { Order } from "../orders/order.ts";
import { type Actor, mayActOn, seesAllOrders } from "../staff/actor.ts";
import { AppError } from "../http/errors.ts";
import type { FlowContext } from "./flow.ts";

/** Throws FORBIDDEN. */
export function requireOverseer(actor: Actor): void {
  if (seesAllOrders(actor)) return;
  throw new AppError("FORBIDDEN", { msg: "只有运营和管理员可以使用" });
}

/** Throws ORDER_NOT_FOUND, FORBIDDEN, ERP_UNAVAILABLE. */
export async function orderFor(
  { services, actor }: FlowContext,
  orderId: string,
): Promise<Order> {
  const order = await services.orders.get(orderId);
  if (mayActOn(actor, order)) return order;
  throw new AppError("FORBIDDEN", { msg: "这个订单由其他同事负责" });
}
