/** The person changed their mind: the order is free again. Safe to repeat. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { Done } from "./schemas.ts";
import type { Groups } from "../groups/groups.ts";
import { z } from "zod";

export const groupCancel = flow<{ groups: Groups }>()({
  summary: "取消建群",
  who: RIGHTS.endCreation,
  input: z.object({
    intentId: Id,
    notMade: z.boolean().optional()
      .describe("ends a search, too, when WeCom has no such group either"),
  }),
  output: Done,
  changes: true,
  detail: ({ intentId, notMade = false }) => ({ intentId, notMade }),
  repeats: () => true,
  async run({ deps, actor, intent, requestId, audited }, { notMade }) {
    await deps.groups.cancel(actor, intent, {
      notMade,
      requestId,
      audited,
    });
    return { success: true as const };
  },
});
