/**
 * Groups that are there already and may be what somebody is about to make: a
 * choice that was left open, or a group that was made by hand.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import type { Actor } from "../staff/actor.ts";
import { WecomError } from "../wecom/mod.ts";
import { isAwaited } from "./adopt.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { Discovery } from "./discover.ts";
import { type Intents, isOver } from "./intents.ts";
import type { Recovery } from "./recovery.ts";

type Offer = ChatRow & { memberCount: number };

export interface Offers {
  /** The order's own group, where a look at WeCom finds it. */
  lookAround(order: Order, actor: Actor): Promise<ChatRow | null>;
  /** A choice that was left open comes before another group. */
  undecided(orderId: string): Promise<Offer | null>;
  /** This person's group with the customer in it. */
  handMade(
    actor: Actor,
    orderId: string,
    customer: string,
  ): Promise<Offer | null>;
}

export function createOffers(
  { sql, intents, discovery, now, log }: {
    sql: Sql;
    intents: Intents;
    discovery: Discovery;
    now: () => number;
    log: Log;
  },
  { recover, candidates }: Recovery,
): Offers {
  async function undecided(orderId: string) {
    const intent = await intents.newest(orderId);
    const over = intent && isOver(intent, now());
    return over ? await firstFree(await candidates(intent), orderId) : null;
  }

  async function handMade(actor: Actor, orderId: string, customer: string) {
    const found = await discovery.fitting({
      owners: [actor.wxUserId],
      staff: [],
      customers: [customer],
      since: null,
      until: null,
      unknownAt: "0",
    });
    return await firstFree(found, orderId);
  }

  /** The newest; what another order's page made and did not report is not. */
  async function firstFree<T extends ChatRow>(
    found: readonly T[],
    orderId: string,
  ): Promise<T | null> {
    for (const chat of found) {
      if (!await isAwaited(sql, chat, orderId)) return chat;
    }
    return null;
  }

  /**
   * What the API cannot tell must not stop a person, since creating is the
   * client's; unless a group may have been made before: then a second one could
   * be, and only WeCom can tell.
   */
  async function lookAround(order: Order, actor: Actor) {
    const since = now();
    try {
      await discovery.look(actor.wxUserId, since);
      return await recover(order, "prepare", { since, cancelled: true });
    } catch (error) {
      const passing = error instanceof WecomError &&
        (error.errorName === "WECOM_UNAVAILABLE" ||
          error.errorName === "RATE_LIMITED");
      if (!passing || await intents.newest(order.orderId)) throw error;
      log("warn", "group.look_failed", { orderId: order.orderId, error });
      return null;
    }
  }

  return { lookAround, undecided, handMade };
}
