/** Orders' own codes, for who shows one and for what runs by the clock. */
import { giveCode, type GivenCode, type MakeDeps } from "./make_code.ts";
import { endUnneeded } from "./order_codes.ts";
import { deleteEnded, type TidyDeps } from "./tidy.ts";
import type { Audited } from "../audit/audit.ts";
import type { Order } from "../orders/order.ts";

export interface Codes {
  give(
    order: Order,
    options: { wxUserId: string; audited: Audited },
  ): Promise<GivenCode>;
  /** Deletes what has ended and is due; for each minute. */
  tidy(): Promise<number>;
  /** Ends what nobody needs any more, and tidies; for the night. */
  review(): Promise<number>;
  /** Cuts what runs here, and waits for it. */
  close(): Promise<void>;
}

export function createCodes(deps: MakeDeps & TidyDeps): Codes {
  const closing = new AbortController();
  const busy = new Set<Promise<unknown>>();

  async function tidy(): Promise<number> {
    const { signal } = closing;
    const work = deps.wecom.prioritized(
      "night",
      () => deleteEnded(deps, signal),
    );
    busy.add(work);
    try {
      return await work;
    } finally {
      busy.delete(work);
    }
  }

  return {
    give: (order, options) => giveCode(deps, order, options),
    tidy,
    async review() {
      await endUnneeded(deps.sql, deps.now());
      return await tidy();
    },
    async close() {
      closing.abort();
      await Promise.allSettled(busy);
    },
  };
}
