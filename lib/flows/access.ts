/**
 * Lets a person in by the right that a flow names: loads once what the flow is
 * about, looks at the person's relation to it, and hands it to the flow.
 */
import type { Intent } from "../groups/intent.ts";
import type { Intents } from "../groups/intents.ts";
import { AppError } from "../http/errors.ts";
import type { Order } from "../orders/order.ts";
import type { Orders } from "../orders/orders.ts";
import { type Actor, isOnOrder } from "../staff/actor.ts";
import { isSameUser } from "../staff/user_id.ts";
import { type About, type Relation, type Right, RIGHTS } from "./rights.ts";

/** What a flow gets beside its input. */
export interface Subjects {
  nothing: unknown;
  contacts: { wxUserId: string };
  /** null: the orders of everybody. */
  orders: { whose: string | null };
  order: { order: Order };
  creation: { order: Order; intent: Intent };
}

/**
 * The fields that a flow's input must have, so that the right can be checked.
 */
export interface Asked {
  nothing: unknown;
  contacts: { wxUserId?: string | undefined };
  orders: unknown;
  order: { orderId: string };
  creation: { orderId?: string | undefined; intentId: string };
}

export interface AccessDeps {
  orders: Pick<Orders, "get">;
  intents: Pick<Intents, "find">;
}

/** Called with the order that the flow is about, as soon as that is known. */
type OnOrder = (orderId: string) => void;

/**
 * `input` has passed the flow's schema. Throws FORBIDDEN, ORDER_NOT_FOUND,
 * ERP_UNAVAILABLE, and VALIDATION_FAILED for an unknown intent.
 */
export async function admit(
  deps: AccessDeps,
  actor: Actor,
  right: Right,
  input: Record<string, unknown>,
  onOrder: OnOrder,
): Promise<Subjects[About]> {
  switch (right.about) {
    case "nothing":
      requireRelation(actor, right, ["any"]);
      return {};
    case "orders": {
      const all = right.roles[actor.role].includes("any");
      requireRelation(actor, right, ["own", "any"]);
      return { whose: all ? null : actor.wxUserId };
    }
    case "contacts": {
      const { wxUserId = actor.wxUserId } = input as Asked["contacts"];
      const self = isSameUser(wxUserId, actor.wxUserId);
      requireRelation(actor, right, self ? ["self", "any"] : ["any"]);
      return { wxUserId };
    }
    case "order": {
      const { orderId } = input as Asked["order"];
      onOrder(orderId);
      return { order: await admitToOrder(deps, actor, right, orderId) };
    }
    case "creation":
      return await admitToCreation(
        deps,
        actor,
        right,
        input as Asked["creation"],
        onOrder,
      );
  }
}

/** Throws ORDER_NOT_FOUND for what the person may not see, too; FORBIDDEN; ERP_UNAVAILABLE. */
export async function admitToOrder(
  { orders }: Pick<AccessDeps, "orders">,
  actor: Actor,
  right: Right,
  orderId: string,
): Promise<Order> {
  const order = await orders.get(
    orderId,
    (order) => maySee(actor, right, relationsTo(actor, order)),
  );
  requireOnOrder(actor, right, relationsTo(actor, order), notThere);
  return order;
}

async function admitToCreation(
  { orders, intents }: AccessDeps,
  actor: Actor,
  right: Right,
  { orderId, intentId }: Asked["creation"],
  onOrder: OnOrder,
): Promise<Subjects["creation"]> {
  const found = await intents.find(intentId);
  const about = orderId ?? found?.orderId;
  if (about === undefined) throw unknownIntent();
  onOrder(about);
  // An intent of another order gives no right to this one.
  const intent = found?.orderId === about ? found : null;
  const began = intent && isSameUser(intent.createdBy, actor.wxUserId);
  const relationsOn = (order: Order): Relation[] => [
    ...relationsTo(actor, order),
    ...(began ? ["initiator" as const] : []),
  ];
  // Who names no order is told of the creation, which they named: one that is
  // unknown asks nobody.
  const order = await orders.get(
    about,
    (order) =>
      orderId === undefined || maySee(actor, right, relationsOn(order)),
  );
  const relations = relationsOn(order);
  const hidden = orderId === undefined ? unknownIntent : notThere;
  requireOnOrder(actor, right, relations, hidden);
  if (!intent) throw unknownIntent();
  return { order, intent };
}

function relationsTo(actor: Actor, order: Order): Relation[] {
  return isOnOrder(actor, order) ? ["own", "any"] : ["any"];
}

function isAmong(
  { role }: Actor,
  { roles }: Right,
  relations: readonly Relation[],
): boolean {
  const wanted: readonly Relation[] = roles[role];
  return wanted.some((one) => relations.includes(one));
}

function requireRelation(
  actor: Actor,
  right: Right,
  relations: readonly Relation[],
): void {
  if (!isAmong(actor, right, relations)) throw forbidden(right);
}

/**
 * Who may not see the order at all is told what is told of one that is not there,
 * so that nobody learns of orders by trying ids.
 */
function requireOnOrder(
  actor: Actor,
  right: Right,
  relations: readonly Relation[],
  hidden: (cause: unknown) => AppError,
): void {
  if (isAmong(actor, right, relations)) return;
  const refusal = forbidden(right);
  throw maySee(actor, right, relations) ? refusal : hidden(refusal);
}

/** Whether the person may know that the order is there. */
function maySee(
  actor: Actor,
  right: Right,
  relations: readonly Relation[],
): boolean {
  return isAmong(actor, right, relations) ||
    isAmong(actor, RIGHTS.seeOrder, relations);
}

function forbidden({ refusal }: Right): AppError {
  return new AppError("FORBIDDEN", { msg: refusal });
}

function notThere(cause: unknown): AppError {
  return new AppError("ORDER_NOT_FOUND", { cause });
}

function unknownIntent(cause?: unknown): AppError {
  return new AppError("VALIDATION_FAILED", {
    msg: "没有这次建群，请重新建群",
    details: [{ path: "intentId", message: "is no intent of this order" }],
    cause,
  });
}
