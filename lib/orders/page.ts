/** The list of orders as a page: the flow `orders.list` with a form's fields. */
import { requireActor } from "../auth/actor.ts";
import { readBriefly } from "../contacts/brief.ts";
import { runFlow } from "../flows/flow.ts";
import { FLOWS } from "../flows/mod.ts";
import { ORDER_STATES } from "../flows/orders_list.ts";
import type { OrderList } from "../flows/schemas.ts";
import type { State } from "../http/state.ts";
import type { Role } from "../staff/actor.ts";

export interface OrdersPageModel extends OrderList {
  viewer: { wxUserId: string; name: string };
  role: Role;
  query: string;
  state: typeof ORDER_STATES[number];
}

/** Throws UNAUTHENTICATED, FORBIDDEN, VALIDATION_FAILED for a foreign cursor. */
export async function openOrdersPage(
  state: State,
  params: URLSearchParams,
): Promise<OrdersPageModel> {
  const actor = await requireActor(state);
  const { services, requestId } = state;
  const query = (params.get("query") ?? "").replaceAll("\0", "").slice(0, 64);
  const asked = params.get("state");
  const shown = ORDER_STATES.find((one) => one === asked) ?? "all";
  const cursor = params.get("cursor");
  // So that the list can say who is matched; what fails is told on the order.
  await readBriefly(services.contacts, actor.wxUserId);
  const list = await runFlow(FLOWS, { services, actor, requestId }, {
    flowId: "orders.list",
    state: shown,
    query,
    ...(cursor ? { cursor } : {}),
  }) as OrderList;
  return {
    ...list,
    viewer: { wxUserId: actor.wxUserId, name: actor.name },
    role: actor.role,
    query,
    state: shown,
  };
}
