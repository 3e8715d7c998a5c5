/** A customer's data is deleted on request; the record of the group stands. */
import { flow, Id } from "./flow.ts";
import { RIGHTS } from "./rights.ts";
import { eraseOrder } from "../orders/erase.ts";
import type { Sql } from "../store/database.ts";
import type { Vault } from "../store/vault.ts";
import { z } from "zod";

interface Needs {
  sql: Sql;
  vault: Vault;
  now: () => number;
}

export const customerErase = flow<Needs>()({
  summary: "按客户要求删除其姓名、备注和号码（管理员）",
  who: RIGHTS.eraseCustomer,
  input: z.object({ orderId: Id }),
  output: z.object({
    success: z.literal(true),
    contacts: z.number().int().describe("contacts that were erased with it"),
    otherOrders: z.array(z.string()).describe(
      "orders with one of the numbers, each to be erased by itself",
    ),
  }),
  changes: true,
  detail: ({ orderId }) => ({ orderId }),
  async run({ deps, actor, order, audited }) {
    const erased = await eraseOrder(deps, order, actor.wxUserId, audited);
    return { success: true as const, ...erased };
  },
});
