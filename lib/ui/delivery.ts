/**
 * Brings to the server what waits in the outbox: the report of this page's own
 * order as it is made, and whatever is left, also of other orders, each time
 * the page may have a network again.
 */
import type { RecordAnswer } from "../flows/schemas.ts";
import type { Api, Result } from "./api.ts";
import type { Outbox } from "./outbox.ts";
import { isFinal } from "./state/recording.ts";

/** Milliseconds between two rounds, however often the network comes and goes. */
const PAUSE = 5_000;

export type Delivery = ReturnType<typeof createDelivery>;

export function createDelivery({ api, outbox, sleep }: {
  api: Api;
  outbox: Outbox;
  sleep: (ms: number) => Promise<void>;
}) {
  const underWay = new Map<string, Promise<Result<RecordAnswer>>>();
  const refused = new Set<string>();
  let running = false;
  let wanted = false;

  async function report(
    orderId: string,
    intentId: string,
    chatId: string | null,
  ): Promise<Result<RecordAnswer>> {
    const answer = await api.run("group.record", {
      orderId,
      intentId,
      ...(chatId && { chatId }),
    });
    const { error } = answer.ok ? { error: null } : answer.problem;
    // Another account may have signed in meanwhile, in another tab: kept for a
    // later page, only not sent again and again from this one.
    if (error === "FORBIDDEN") refused.add(orderId);
    else if (answer.ok || isFinal(answer.problem)) {
      outbox.drop(orderId, { intentId, chatId });
    }
    return answer;
  }

  /** The same report is not sent twice at a time: both callers get its answer. */
  function send(
    orderId: string,
    intentId: string,
    chatId: string | null,
  ): Promise<Result<RecordAnswer>> {
    const key = [orderId, intentId, chatId].join();
    const sending = underWay.get(key) ??
      report(orderId, intentId, chatId).finally(() => underWay.delete(key));
    underWay.set(key, sending);
    return sending;
  }

  /** All that waits but for `own`, until the network or the session is gone. */
  async function round(own: string | null): Promise<boolean> {
    const left = outbox.waiting()
      .filter(([id]) => id !== own && !refused.has(id));
    for (const [id, { intentId, chatId }] of left) {
      const answer = await send(id, intentId, chatId);
      const error = !answer.ok && answer.problem.error;
      if (error === "NETWORK_LOST" || error === "UNAUTHENTICATED") break;
    }
    return left.length > 0;
  }

  return {
    send,

    /**
     * `own` is the order that the page reports itself, `resume` goes on with
     * that if it is stuck. Who asks while a round is under way gets another one:
     * the network may have come back after the round lost it.
     */
    async deliver(
      own: () => string | null,
      resume: () => boolean,
    ): Promise<void> {
      wanted = true;
      if (running) return;
      running = true;
      while (wanted) {
        wanted = false;
        const resumed = resume();
        if (await round(own()) || resumed) await sleep(PAUSE);
      }
      running = false;
    },
  };
}
