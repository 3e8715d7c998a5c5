/**
 * Finds the group of a creation whose end nobody told: the page died, the client
 * was too old to name it (98429), the report was lost. What is found is verified
 * and bound; several that fit are a question for a person.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import { isOfOne, type WecomClient } from "../wecom/mod.ts";
import { isRivalled } from "./adopt.ts";
import { bind, verify } from "./bind.ts";
import { toChoose } from "./candidates.ts";
import { chatOfOrder, type ChatRow } from "../chats/mirror.ts";
import { type Discovery, LOOK_AGAIN_MS, wantedBy } from "./discover.ts";
import type { Intent, Intents } from "./intents.ts";

export interface LookOptions {
  /**
   * When a look at WeCom must have begun to count, ms since epoch: some moments
   * ago unless told; -Infinity for the mirror alone.
   */
  since?: number;
  /**
   * After a cancel too: whoever asks for the group again shall not make a second
   * one. By itself such a group is not bound.
   */
  cancelled?: boolean;
}

export interface RecoveryDeps {
  sql: Sql;
  wecom: WecomClient;
  intents: Intents;
  discovery: Discovery;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Log;
}

export interface Recovery {
  /** The order's group, unless it was dissolved. */
  living(orderId: string): Promise<ChatRow | null>;
  /** The bound row; it was written a moment ago. */
  boundChat(orderId: string): Promise<ChatRow>;
  /** Looks for the group of an intent that is under way, or was cut off. */
  recover(
    order: Pick<Order, "orderId">,
    via: string,
    options?: LookOptions,
  ): Promise<ChatRow | null>;
  /** Several groups that could be the one: a person chooses. Else empty. */
  candidates(intent: Intent): Promise<(ChatRow & { memberCount: number })[]>;
}

export function createRecovery(deps: RecoveryDeps): Recovery {
  const { sql, intents, discovery, now, log } = deps;

  async function living(orderId: string): Promise<ChatRow | null> {
    const chat = await chatOfOrder(sql, orderId);
    return chat && chat.dismissedAt === null ? chat : null;
  }

  async function boundChat(orderId: string): Promise<ChatRow> {
    const chat = await living(orderId);
    if (!chat) throw new Error(`Cannot find the group just bound: ${orderId}`);
    return chat;
  }

  /**
   * Verifies a chat that was reported or found, and binds it. null when WeCom
   * does not confirm it (yet).
   */
  async function settle(
    intent: Intent,
    chatId: string,
    via: string,
  ): Promise<ChatRow | null> {
    const verdict = await verify(deps, chatId, intent, []).catch((error) => {
      // This one cannot be shown: what else there is may be.
      if (!isOfOne(error)) throw error;
      log("info", "group.not_shown", { chatId, errcode: error.errcode });
      return null;
    });
    if (verdict?.kind !== "fits") return null;
    const reported = chatId === intent.chatId;
    if (!reported && await isRivalled(sql, verdict.chat, intent)) return null;
    await bind(deps, {
      orderId: intent.orderId,
      intentId: intent.intentId,
      chat: verdict.chat,
      reading: verdict.reading,
      actor: intent.createdBy,
      via,
    });
    return await boundChat(intent.orderId);
  }

  async function recover(
    order: Pick<Order, "orderId">,
    via: string,
    { since = now() - LOOK_AGAIN_MS, cancelled = false }: LookOptions = {},
  ): Promise<ChatRow | null> {
    const known = await living(order.orderId);
    if (known) return known;
    const intent = await intents.newest(order.orderId);
    if (!intent || intent.state === "active") return null;
    if (intent.state === "cancelled" && !cancelled) return null;
    if (intent.chatId !== null) {
      const chat = await settle(intent, intent.chatId, via);
      if (chat) return chat;
    }
    if (since !== -Infinity) {
      await discovery.look(intent.createdBy, since);
      await intents.missed(intent, since);
    }
    const found = await discovery.fitting(wantedBy(intent));
    // Several fit: a person decides, by linking one of them.
    const [only] = found;
    if (!only || found.length > 1) return null;
    const chat = await settle(intent, only.chatId, via);
    if (chat) log("info", "group.recovered", { orderId: order.orderId, via });
    return chat;
  }

  async function candidates(
    intent: Intent,
  ): Promise<(ChatRow & { memberCount: number })[]> {
    const found = await discovery.fitting(wantedBy(intent));
    return await toChoose(sql, found, intent);
  }

  return { living, boundChat, recover, candidates };
}
