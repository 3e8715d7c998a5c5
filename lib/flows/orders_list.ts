/**
 * My orders, newest first; all of them for operator and admin. The match state
 * comes from the mirror alone: a list never calls WeCom.
 */
import { flow } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { MatchState, OrderList } from "./schemas.ts";
import type { MatchStatus } from "../contacts/customers.ts";
import type { Matcher } from "../contacts/match.ts";
import type { Orders } from "../orders/orders.ts";
import type { OrderViews } from "../orders/view.ts";
import { z } from "zod";

export const ORDER_STATES = ["all", "without_group", "with_group"] as const;

interface Needs {
  orders: Orders;
  orderViews: OrderViews;
  matcher: Matcher;
}

export const ordersList = flow<Needs>()({
  summary: "查询我的订单（运营和管理员：全部订单）",
  who: RIGHTS.listOrders,
  input: z.object({
    cursor: z.string().max(400).optional(),
    limit: z.number().int().min(1).max(100).default(20),
    state: z.enum(ORDER_STATES).default("all"),
    query: z.string().trim().max(64).optional(),
  }),
  output: OrderList,
  changes: false,
  async run({ deps, actor, whose }, { cursor, limit, state, query }) {
    const page = await deps.orders.list({
      of: whose,
      cursor,
      limit,
      grouped: state === "all" ? undefined : state === "with_group",
      text: query,
    });
    const [views, { statuses, completedAt }] = await Promise.all([
      deps.orderViews.of(page.orders),
      deps.matcher.statuses(page.orders, actor.wxUserId),
    ]);
    return {
      orders: views.map((view, index) => ({
        ...view,
        matchState: matchState(
          statuses[index] ?? "none",
          completedAt !== null,
        ),
      })),
      nextCursor: page.nextCursor,
    };
  },
});

function matchState(
  status: MatchStatus,
  read: boolean,
): z.infer<typeof MatchState> {
  return status === "none" && !read ? "unknown" : status;
}
