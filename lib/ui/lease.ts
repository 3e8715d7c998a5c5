/**
 * The order, held for this page while the client makes the group: taken by the
 * tap that confirms, given back when nothing was made. How long it lasts is the
 * server's business alone, since a device's clock may be wrong: each tap that
 * leads to the client asks `group.prepare` first.
 */
import type { Candidate, PrepareAnswer } from "../flows/schemas.ts";
import type { Result } from "./api.ts";
import type { PageParts } from "./deps.ts";

export type Lease = ReturnType<typeof createLease>;

export function createLease(
  { api, outbox, attempt, state }: PageParts,
) {
  const { orderId } = state.model.order;
  /** Its intentId; null: the network was lost, and the server may have given it. */
  let held: string | null = "";
  let newest = 0;
  let givingBack: Promise<unknown> = Promise.resolve();

  async function giveBack(intentId: string): Promise<void> {
    outbox.drop(orderId, { intentId, chatId: null, made: false });
    givingBack = api.run("group.cancel", { intentId });
    await givingBack;
  }

  return {
    giveBack,

    /** Whether a creation that is under way is this page's own. */
    isOwn: (intentId: string) => held === null || held === intentId,

    /**
     * `current` is asked when the answer is there: an order that nobody waits
     * for any more is given back, and null is answered.
     */
    async take(
      customers: Candidate[],
      options: { force: boolean; takeOver: boolean; secondColleague?: string },
      current: () => boolean,
    ): Promise<Result<PrepareAnswer> | null> {
      const mine = ++newest;
      await givingBack;
      const answer = await api.run("group.prepare", {
        orderId,
        customerExternalUserIds: idsOf(customers),
        attempt,
        ...options,
      });
      if (!answer.ok && answer.problem.error === "NETWORK_LOST") held = null;
      if (answer.ok && "intentId" in answer.data) {
        held = answer.data.intentId;
        // Asked again meanwhile, or the client was: then it is needed.
        const needed = current() || mine < newest ||
          outbox.get(orderId)?.intentId === held;
        if (!needed) void giveBack(held);
      }
      return current() ? answer : null;
    },
  };
}

export const idsOf = (customers: Candidate[]): string[] =>
  customers.map((one) => one.externalUserId);
