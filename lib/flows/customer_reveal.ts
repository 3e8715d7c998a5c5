/**
 * The one answer with a whole number: for who calls the customer. Each look is in
 * the audit log and counted, and no browser keeps the answer.
 */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { AppError } from "../http/errors.ts";
import { customersIn } from "../orders/number.ts";
import type { CacheStore } from "../store/cache.ts";
import type { Vault } from "../store/vault.ts";
import { userKey } from "../staff/user_id.ts";
import { z } from "zod";

/** A designer sees some customers a day. */
const A_DAY = 30;
const DAY_MS = 24 * 60 * 60_000;

export const customerReveal = flow<
  { vault: Vault; cache: CacheStore; now: () => number }
>()({
  summary: "查看订单客户的完整手机号（留痕、限次）",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id }),
  output: z.object({
    customers: z.array(z.object({ name: z.string(), phone: z.string() })),
  }),
  // Whoever looks leaves a trace.
  changes: true,
  tellsNumbers: true,
  async run({ deps: { vault, cache, now }, actor, order }) {
    const key = `reveal:${userKey(actor.wxUserId)}`;
    const { count, resetAt } = await cache.hit(key, DAY_MS);
    if (count > A_DAY) {
      throw new AppError("RATE_LIMITED", {
        msg: `一天最多查看 ${A_DAY} 次完整手机号`,
        retryAfterSeconds: Math.max(1, Math.ceil((resetAt - now()) / 1_000)),
      });
    }
    return { customers: customersIn(vault, order) };
  },
});
