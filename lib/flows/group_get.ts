/** The order's group with its members, or the creation that is under way. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { GroupView } from "./schemas.ts";
import type { GroupViews } from "../groups/view.ts";
import { z } from "zod";

export const groupGet = flow<{ groupViews: GroupViews }>()({
  summary: "查询订单的客户群",
  who: RIGHTS.seeOrder,
  input: z.object({ orderId: Id }),
  output: GroupView,
  changes: false,
  run: ({ deps, actor, order, requestId }) =>
    deps.groupViews.get(order, requestId, actor.wxUserId),
});
