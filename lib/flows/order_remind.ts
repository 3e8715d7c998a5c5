/** A card to the colleague of the order who has its customer. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { Person } from "./schemas.ts";
import { remindColleague, type RemindDeps } from "../orders/remind.ts";
import { z } from "zod";

export const orderRemind = flow<RemindDeps>()({
  summary: "提醒有这位客户的同事来建群，十分钟内一次",
  who: RIGHTS.actOnOrder,
  input: z.object({ orderId: Id }),
  output: z.object({ success: z.literal(true), to: Person }),
  changes: true,
  async run({ deps, actor, order, audited }) {
    const to = await remindColleague(deps, actor, order, audited);
    return { success: true as const, to };
  },
});
