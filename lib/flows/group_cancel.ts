/** The person changed their mind: the order is free again. Safe to repeat. */
import { flow, Id } from "./flow.ts";
import { orderOf, requireIntent } from "./group_record.ts";
import { Done } from "./schemas.ts";
import { z } from "zod";

export const groupCancel = flow({
  summary: "取消建群",
  input: z.object({
    intentId: Id,
    notMade: z.boolean().optional()
      .describe("ends a search, too, when WeCom has no such group either"),
  }),
  output: Done,
  changes: true,
  async run(context, { intentId, notMade }): Promise<z.infer<typeof Done>> {
    const intent = await requireIntent(context, intentId);
    await orderOf(context, intent);
    await context.services.groups.cancel(context.actor, intent, { notMade });
    return { success: true };
  },
});
