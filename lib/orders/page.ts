/** The list of orders as a page: the flow `orders.list` with a form's fields. */
import type { Sealer } from "../auth/session.ts";
import { readBriefly } from "../contacts/read_briefly.ts";
import type { Contacts } from "../contacts/contacts.ts";
import type { Caller } from "../flows/flow.ts";
import { callFlow, type FlowDeps } from "../flows/run.ts";
import type { OrderList } from "../flows/schemas.ts";
import type { Role } from "../staff/actor.ts";
import {
  type ListAddress,
  listAddress,
  openSearch,
  type OrderState,
  sealedSearch,
  type Searched,
  stateIn,
  typed,
} from "./search_address.ts";
import { mayTellNumber } from "./wanted_numbers.ts";

export interface OrdersPageModel extends OrderList {
  viewer: { wxUserId: string; name: string };
  role: Role;
  /** Empty when nothing is looked for. */
  query: string;
  /** The tab that is shown. */
  state: OrderState;
  /** What links go on from. */
  address: ListAddress;
  /** Why the search of the address is not shown. */
  refused: Exclude<Searched["kind"], "text"> | null;
}

/** Rows of a page; and of one that is drawn again with what was added to it. */
const ROWS = 20;
const MOST_ROWS = 100;

/** Throws VALIDATION_FAILED for a foreign cursor. */
export async function openOrdersPage(
  deps: FlowDeps & { contacts: Contacts; sealer: Sealer },
  caller: Caller,
  params: URLSearchParams,
): Promise<OrdersPageModel> {
  const { actor } = caller;
  const searched = await openSearch(deps.sealer, actor, params);
  const query = searched.kind === "text" ? searched.text : "";
  const chosen = stateIn(params);
  const state = chosen ?? firstTab(actor.role, query);
  // A cursor leads on in what was found, not in all orders.
  const cursor = searched.kind === "text" ? params.get("cursor") : null;
  const listOrders = () =>
    callFlow(deps, caller, "orders.list", {
      state,
      query,
      limit: cursor ? ROWS : rowsIn(params),
      counts: query === "",
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
    state,
    address: { state: chosen, search: searchIn(params, query) },
    refused: searched.kind === "text" ? null : searched.kind,
  };
}

/**
 * Where a search that was posted is shown; also one whose address tells what it
 * must not.
 */
export async function addressOfSearch(
  { sealer }: { sealer: Sealer },
  { actor }: Caller,
  params: URLSearchParams,
): Promise<string> {
  const search = await sealedSearch(sealer, actor, typed(params));
  return listAddress({ state: stateIn(params), search: search ?? null });
}

/** Whether an address tells what may be a number. */
export function tellsNumber(params: URLSearchParams): boolean {
  return mayTellNumber(params.get("query") ?? "");
}

/** Orders that wait come first; what is looked for may be in any tab. */
export function firstTab(role: Role, query: string): OrderState {
  const own = role === "designer" || role === "project_manager";
  return own && query === "" ? "without_group" : "all";
}

function searchIn(params: URLSearchParams, query: string) {
  if (query === "") return null;
  const sealed = params.get("q");
  return sealed === null ? ["query", query] as const : ["q", sealed] as const;
}

/** In whole pages: each number of rows is a statement of its own. */
function rowsIn(params: URLSearchParams): number {
  const pages = Math.ceil(Number(params.get("rows")) / ROWS);
  return pages >= 1 ? Math.min(pages * ROWS, MOST_ROWS) : ROWS;
}
