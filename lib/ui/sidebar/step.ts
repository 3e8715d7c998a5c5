/**
 * What stands beside a chat: one union, so that a screen that cannot happen
 * cannot be drawn, and the pure steps between its members. The effects are in
 * `actions.ts`.
 */
import type {
  CustomerBeside,
  GroupBeside,
  OrderRow,
} from "../../flows/schemas.ts";
import type { Problem } from "../model.ts";
import type { Result } from "../api.ts";

/** Where the client says that the page was opened (getContext, 94315). */
export type Place =
  | { kind: "customer"; externalUserId: string }
  | { kind: "group"; chatId: string }
  | { kind: "elsewhere" };

/** What became of the welcome; null: nothing was tried yet. */
export type Sending =
  | null
  | { at: "sending" | "sent" | "cancelled" | "copied" | "uncopied" }
  | { at: "refused"; problem: Problem };

/** A search among one's own orders. */
export type Search =
  | null
  | { at: "searching"; query: string }
  | { at: "found"; query: string; orders: OrderRow[]; more: boolean }
  | { at: "failed"; query: string; problem: Problem };

export interface Free {
  at: "free";
  view: GroupBeside;
  search: Search;
}

export type Step =
  /** The client is asked for the chat, then the server for its orders. */
  | { at: "asking" }
  | { at: "elsewhere" }
  | { at: "old" }
  | { at: "failed"; problem: Problem }
  | { at: "customer"; view: CustomerBeside }
  | { at: "linked"; view: GroupBeside; sending: Sending; news: boolean }
  | { at: "taken" }
  | Free
  /** Is the group this order's? */
  | {
    at: "confirming";
    from: Free;
    order: OrderRow;
    /** Who of the group is the customer; null where that is known. */
    who: { chosen: string | null } | null;
    busy: boolean;
    problem: Problem | null;
  };

export type At<A extends Step["at"]> = Extract<Step, { at: A }>;

/** Of the client: it would not say where the page was opened. */
export function unplaced(problem: Problem): Step {
  return problem.error === "CLIENT_TOO_OLD"
    ? { at: "old" }
    : { at: "failed", problem };
}

export function besideCustomer(answer: Result<CustomerBeside>): Step {
  return answer.ok
    ? { at: "customer", view: answer.data }
    : { at: "failed", problem: answer.problem };
}

/** `news`: it was linked just now. */
export function besideGroup(answer: Result<GroupBeside>, news = false): Step {
  if (!answer.ok) return { at: "failed", problem: answer.problem };
  const { data: view } = answer;
  switch (view.state) {
    case "linked":
      return { at: "linked", view, sending: null, news };
    case "taken":
      return { at: "taken" };
    case "free":
      return { at: "free", view, search: null };
  }
}

/**
 * A look that nobody asked for, since the page was seen again: what is being done
 * stays, and what fails is not told.
 */
export function lookedAgain(step: Step, next: Step): Step {
  if (next.at === "failed") return step;
  if (step.at === "linked" && next.at === "linked") {
    return { ...step, view: next.view };
  }
  if (step.at === "free" && next.at === "free") {
    return { ...step, view: next.view };
  }
  return step.at === "confirming" ? step : next;
}

/** An order was chosen for the group; a person confirms it. */
export function confirming(from: Free, order: OrderRow): At<"confirming"> {
  const { choices, customers } = from.view;
  const known = choices.some(({ orderId }) => orderId === order.orderId);
  const mine = customers.filter((one) => one.mine);
  // Not who is known to be another order's.
  const only = mine.length === 1 && choices.length === 0 ? mine[0] : undefined;
  const who = known ? null : { chosen: only?.externalUserId ?? null };
  return { at: "confirming", from, order, who, busy: false, problem: null };
}

/** Who could be the customer: only one's own contacts can be an order's. */
export function ownCustomers({ from }: At<"confirming">) {
  return from.view.customers.filter((one) => one.mine);
}

export function canConfirm({ who, busy }: At<"confirming">): boolean {
  return !busy && (who === null || who.chosen !== null);
}

export function searched(
  from: Free,
  query: string,
  answer: Result<{ orders: OrderRow[]; nextCursor: string | null }>,
): Free {
  const search: Search = answer.ok
    ? {
      at: "found",
      query,
      orders: answer.data.orders,
      more: answer.data.nextCursor !== null,
    }
    : { at: "failed", query, problem: answer.problem };
  return { ...from, search };
}
