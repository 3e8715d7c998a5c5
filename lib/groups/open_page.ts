/** From a request to the page's model; both addresses of the page use it. */
import { requireActor } from "../auth/actor.ts";
import { Id } from "../flows/flow.ts";
import { AppError } from "../http/errors.ts";
import type { State } from "../http/state.ts";
import type { GroupPageModel } from "../ui/model.ts";
import { loadGroupPage } from "./page.ts";

/** Throws UNAUTHENTICATED, FORBIDDEN, ORDER_NOT_FOUND, ERP_UNAVAILABLE. */
export async function openGroupPage(
  state: State,
  url: URL,
  orderId: string | null,
): Promise<{ model: GroupPageModel; sandbox: boolean }> {
  const actor = await requireActor(state);
  const { services, requestId } = state;
  const id = Id.safeParse(orderId);
  if (!id.success || id.data.includes("\0")) {
    throw new AppError("ORDER_NOT_FOUND");
  }
  // What the browser shows in its address bar is what WeCom will check.
  const pageUrl = services.config.publicOrigin + url.pathname + url.search;
  const context = { services, actor, requestId };
  return {
    model: await loadGroupPage(context, id.data, pageUrl),
    sandbox: services.sandbox !== null,
  };
}

/** The order's id in `/orders/:orderId/group`, decoded once and wholly. */
export function orderIdOf(url: URL): string | null {
  try {
    return decodeURIComponent(url.pathname.split("/")[2] ?? "");
  } catch {
    return null;
  }
}
