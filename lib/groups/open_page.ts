/** From a request to the page's model; both addresses of the page use it. */
import { type Caller, Id } from "../flows/flow.ts";
import { withoutNumbers } from "../contacts/masked.ts";
import { AppError } from "../http/errors.ts";
import type { GroupPageModel } from "../ui/model.ts";
import { type GroupPageDeps, loadGroupPage } from "./page.ts";

interface OpenDeps extends GroupPageDeps {
  config: GroupPageDeps["config"] & { publicOrigin: string };
  sandbox: unknown;
}

/** Throws FORBIDDEN, ORDER_NOT_FOUND, ERP_UNAVAILABLE. */
export async function openGroupPage(
  deps: OpenDeps,
  caller: Caller,
  url: URL,
  orderId: string | null,
): Promise<{ model: GroupPageModel; sandbox: boolean }> {
  const id = Id.safeParse(orderId);
  if (!id.success || id.data.includes("\0")) {
    throw new AppError("ORDER_NOT_FOUND");
  }
  // What the browser shows in its address bar is what WeCom will check.
  const pageUrl = deps.config.publicOrigin + url.pathname + url.search;
  return {
    model: withoutNumbers(
      await loadGroupPage(deps, caller, id.data, pageUrl),
    ),
    sandbox: deps.sandbox !== null,
  };
}

/** WeCom shows it in its navigation bar. */
export function titleOf({ order }: GroupPageModel): string {
  return `${order.customerName.trim() || order.orderNo} - 客户群`;
}

/** The order's id in `/orders/:orderId/group`, decoded once and wholly. */
export function orderIdOf(url: URL): string | null {
  try {
    return decodeURIComponent(url.pathname.split("/")[2] ?? "");
  } catch {
    return null;
  }
}
