/** The list of orders as a page: the flow `orders.list` with a form's fields. */
import { readBriefly } from "../contacts/read_briefly.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Caller } from "../flows/flow.ts";
import { callFlow, type FlowDeps } from "../flows/run.ts";
import { ORDER_STATES } from "../flows/orders_list.ts";
import type { OrderList } from "../flows/schemas.ts";
import type { Role } from "../staff/actor.ts";

export interface OrdersPageModel extends OrderList {
  viewer: { wxUserId: string; name: string };
  role: Role;
  query: string;
  state: typeof ORDER_STATES[number];
}

/** Throws VALIDATION_FAILED for a foreign cursor. */
export async function openOrdersPage(
  deps: FlowDeps & { contacts: Contacts },
  caller: Caller,
  params: URLSearchParams,
): Promise<OrdersPageModel> {
  const { actor } = caller;
  const query = (params.get("query") ?? "").replaceAll("\0", "").slice(0, 64);
  const asked = params.get("state");
  const shown = ORDER_STATES.find((one) => one === asked) ?? "all";
  const cursor = params.get("cursor");
  const listOrders = () =>
    callFlow(deps, caller, "orders.list", {
      state: shown,
      query,
      ...(cursor ? { cursor } : {}),
    });
  let list = await listOrders();
  // So that the list can say who is matched; what fails is told on the order.
  if (
    list.orders.some((order) => order.matchState === "unknown") &&
    !await deps.contacts.hasNone(actor.wxUserId)
  ) {
    await readBriefly(deps.contacts, actor.wxUserId);
    list = await listOrders();
  }
  return {
    ...list,
    viewer: { wxUserId: actor.wxUserId, name: actor.name },
    role: actor.role,
    query,
    state: shown,
  };
}
