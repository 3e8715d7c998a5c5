/**
 * My orders, newest first; all of them for operator and admin. The match state
 * comes from the mirror alone: a list never calls WeCom.
 */
import { flow } from "./flow.ts";
import type { MatchStatus } from "../contacts/customers.ts";
import { MatchState, OrderList } from "./schemas.ts";
import { seesAllOrders } from "../staff/actor.ts";
import { z } from "zod";

export const ORDER_STATES = ["all", "without_group", "with_group"] as const;

export const ordersList = flow({
  summary: "查询我的订单（运营和管理员：全部订单）",
  input: z.object({
    cursor: z.string().max(400).optional(),
    limit: z.number().int().min(1).max(100).default(20),
    state: z.enum(ORDER_STATES).default("all"),
    query: z.string().trim().max(64).optional(),
  }),
  output: OrderList,
  changes: false,
  async run({ services, actor }, { cursor, limit, state, query }) {
    const page = await services.orders.list({
      of: seesAllOrders(actor) ? null : actor.wxUserId,
      cursor,
      limit,
      grouped: state === "all" ? undefined : state === "with_group",
      text: query,
    });
    const [views, statuses, sync] = await Promise.all([
      services.orderViews.of(page.orders),
      services.matcher.statuses(page.orders, actor.wxUserId),
      services.contactSync.state(actor.wxUserId),
    ]);
    return {
      orders: views.map((view, index) => ({
        ...view,
        matchState: matchState(
          statuses[index] ?? "none",
          sync.completedAt !== null,
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
