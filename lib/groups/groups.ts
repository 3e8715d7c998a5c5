/**
 * The life of an order's group: prepare → the client creates → record → verify
 * → active, and the ways back when a step got lost. The server cannot create a
 * customer group; it can only make sure that exactly one ends up recorded.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import { type Actor, seesAllOrders, staffOf } from "../staff/actor.ts";
import { AppError } from "../http/errors.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { isAwaited, isRivalled } from "./adopt.ts";
import { bind, verify } from "./bind.ts";
import { toChoose, viewCandidates } from "./candidates.ts";
import { chatOfOrder, type ChatRow, findChat } from "./chats.ts";
import { type Discovery, LOOK_AGAIN_MS, wantedBy } from "./discover.ts";
import { inProgress, notFound } from "./errors.ts";
import { wasLookedFor } from "./expire.ts";
import { type Intent, type Intents, isOver } from "./intents.ts";
import { groupName } from "./name.ts";
import { reread } from "./reread.ts";
import { wordsOf } from "./verify.ts";

/** A chat created from the client with WeChat users has at most 40 (doc 98429). */
export const MOST_MEMBERS = 40;

export type Prepared =
  | { kind: "intent"; intent: Intent }
  | { kind: "existing"; chat: ChatRow; linkable: false }
  | {
    kind: "existing";
    chat: ChatRow & { memberCount: number };
    linkable: true;
  };

export type Recorded =
  | { status: "active"; chat: ChatRow }
  | { status: "searching"; intent: Intent };

export interface Groups {
  prepare(
    actor: Actor,
    order: Order,
    customer: { externalUserId: string },
    options?: { force?: boolean | undefined; designerName?: string },
  ): Promise<Prepared>;
  record(
    actor: Actor,
    order: Order,
    intent: Intent,
    chatId: string | null,
  ): Promise<Recorded>;
  /**
   * `notMade`: no group came of it, though it was reported. That is believed
   * when WeCom, asked again, has none either. Throws what WeCom answers.
   */
  cancel(
    actor: Actor,
    intent: Intent,
    options?: { notMade?: boolean | undefined },
  ): Promise<void>;
  /**
   * Makes a group that somebody made by hand the order's group, or one of
   * several that could be the one being searched for. Only the former asks who
   * the customer may be.
   */
  link(
    actor: Actor,
    order: Order,
    chatId: string,
    customers: readonly string[] | (() => Promise<readonly string[]>),
  ): Promise<ChatRow>;
  /** Looks for the group of an intent that is under way, or was cut off. */
  recover(
    order: Pick<Order, "orderId">,
    via: string,
    options?: LookOptions,
  ): Promise<ChatRow | null>;
  /** Several groups that could be the one: a person chooses. Else empty. */
  candidates(intent: Intent): Promise<ChatRow[]>;
}

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

export function createGroups(deps: {
  sql: Sql;
  wecom: WecomClient;
  intents: Intents;
  discovery: Discovery;
  nameTemplate: string;
  now: () => number;
  sleep: (ms: number) => Promise<void>;
  log: Log;
}): Groups {
  const { sql, intents, discovery, now, log } = deps;

  async function living(orderId: string): Promise<ChatRow | null> {
    const chat = await chatOfOrder(sql, orderId);
    return chat && chat.dismissedAt === null ? chat : null;
  }

  /** The bound row; it was written a moment ago. */
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
    const verdict = await verify(deps, chatId, intent, []);
    if (verdict.kind !== "fits") return null;
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

  /** A choice that was left open comes before another group. */
  async function undecided(orderId: string) {
    const intent = await intents.newest(orderId);
    const over = intent && isOver(intent, now());
    return over ? await firstFree(await candidates(intent), orderId) : null;
  }

  async function handMade(actor: Actor, orderId: string, customer: string) {
    const found = await discovery.fitting({
      owners: [actor.wxUserId],
      members: [customer],
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

  return {
    recover,

    candidates,

    async prepare(actor, order, customer, options = {}) {
      const recorded = await living(order.orderId);
      const known = recorded && await reread(deps, recorded);
      if (known && known.dismissedAt === null) {
        return { kind: "existing", chat: known, linkable: false };
      }
      const found = await lookAround(order, actor);
      if (found) return { kind: "existing", chat: found, linkable: false };
      const customerId = customer.externalUserId;
      const byHand = options.force ? null : await undecided(order.orderId) ??
        await handMade(actor, order.orderId, customerId);
      if (byHand) return { kind: "existing", chat: byHand, linkable: true };

      const userIds = [...new Set([...staffOf(order), actor.wxUserId])];
      const externalUserIds = [customerId];
      if (userIds.length + externalUserIds.length > MOST_MEMBERS) {
        throw new AppError("VALIDATION_FAILED", {
          msg: `群成员超过 ${MOST_MEMBERS} 人，无法创建`,
        });
      }
      const { intent, created } = await intents.open({
        orderId: order.orderId,
        createdBy: actor.wxUserId,
        customerExternalUserId: customerId,
        userIds,
        externalUserIds,
        groupName: groupName(deps.nameTemplate, {
          ...order,
          designerName: options.designerName ?? order.designerWxUserId,
        }),
      });
      // The group may have been recorded between our look and the insert.
      const meanwhile = await living(order.orderId);
      if (meanwhile) {
        await intents.end(intent.intentId, "cancelled");
        return { kind: "existing", chat: meanwhile, linkable: false };
      }
      const resumable = intent.createdBy === actor.wxUserId &&
        intent.customerExternalUserId === customerId &&
        intent.state === "pending";
      if (!resumable) throw inProgress(intent, actor);
      const renewed = created ? intent : await intents.renew(intent.intentId);
      return { kind: "intent", intent: renewed ?? intent };
    },

    async record(actor, order, intent, chatId) {
      const known = await living(order.orderId);
      if (known) {
        if (chatId !== null && chatId !== known.chatId) {
          throw new AppError("GROUP_ALREADY_EXISTS", {
            details: { chatId: known.chatId, groupName: known.name },
          });
        }
        return { status: "active", chat: known };
      }
      // Known at once, whoever is in it; the report would only hold up the order.
      const claimed = chatId === null ? null : await findChat(sql, chatId);
      if (claimed?.orderId && claimed.orderId !== order.orderId) {
        await intents.retract(intent.intentId, claimed.chatId);
        throw new AppError("CHAT_BOUND_TO_OTHER_ORDER");
      }
      // Ended intents stay as they are; a group that was really made still counts.
      const reported = await intents.report(intent.intentId, chatId) ?? intent;
      const wanted = chatId ?? reported.chatId;
      if (wanted === null) {
        // The first report is looked into at once; repeating it hurries nothing.
        const first = intent.reportedAt === null;
        const chat = await recover(
          order,
          "record",
          first ? { since: now() } : {},
        );
        if (chat) return { status: "active", chat };
        if (reported.state !== "searching") {
          const found = await candidates(reported);
          throw notFound(reported, await viewCandidates(sql, found));
        }
        return { status: "searching", intent: reported };
      }
      const verdict = await verify(deps, wanted, intent);
      if (verdict.kind === "refused") {
        if (verdict.final) await intents.retract(intent.intentId, wanted);
        throw new AppError("CHAT_REJECTED", {
          msg: wordsOf(verdict.refusal, verdict.final),
          details: { ...verdict.refusal, final: verdict.final },
        });
      }
      await bind(deps, {
        orderId: order.orderId,
        intentId: intent.intentId,
        chat: verdict.chat,
        reading: verdict.reading,
        actor: actor.wxUserId,
        via: "record",
      });
      return { status: "active", chat: await boundChat(order.orderId) };
    },

    async cancel(actor, intent, { notMade = false } = {}) {
      if (intent.createdBy !== actor.wxUserId && !seesAllOrders(actor)) {
        throw new AppError("FORBIDDEN", { msg: "只能取消自己发起的建群" });
      }
      // What was reported is there: a cancel that comes late cannot undo it.
      if (await intents.cancel(intent.intentId) || !notMade) return;
      if (await recover(intent, "cancel", { since: now() })) return;
      const current = await intents.find(intent.intentId);
      if (!current || !wasLookedFor(current)) return;
      if ((await candidates(current)).length > 0) return;
      await intents.cancelSearch(intent.intentId);
    },

    async link(actor, order, chatId, customers) {
      const known = await living(order.orderId);
      if (known && known.chatId === chatId) return known;
      if (known) {
        throw new AppError("GROUP_ALREADY_EXISTS", {
          details: { chatId: known.chatId, groupName: known.name },
        });
      }
      const intent = await candidateOf(order, chatId);
      // Else the person's own group with the customer in it, whoever else is.
      const verdict = await verify(
        deps,
        chatId,
        intent ?? {
          createdBy: actor.wxUserId,
          userIds: [],
          externalUserIds: [],
        },
        [],
      );
      if (verdict.kind !== "fits") {
        throw new AppError("CHAT_REJECTED", {
          msg: "这不是您名下的客户群",
          details: { reason: "unknown" },
        });
      }
      const { chat, reading } = verdict;
      const present = new Set(chat.members.map((member) => member.userId));
      const wanted = intent
        ? []
        : typeof customers === "function"
        ? await customers()
        : customers;
      if (!intent && !wanted.some((id) => present.has(id))) {
        throw new AppError("CHAT_REJECTED", {
          msg: "这个群里没有本订单的客户",
          details: { reason: "missing_members" },
        });
      }
      await bind(deps, {
        orderId: order.orderId,
        intentId: intent?.intentId ?? null,
        chat,
        reading,
        actor: actor.wxUserId,
        via: "link",
      });
      return await boundChat(order.orderId);
    },
  };

  /**
   * The intent that is searched for, or was in vain, if this chat could be its
   * group.
   */
  async function candidateOf(
    order: Order,
    chatId: string,
  ): Promise<Intent | null> {
    const intent = await intents.newest(order.orderId);
    const ended = intent && isOver(intent, now());
    if (!intent || intent.state !== "searching" && !ended) return null;
    const found = await discovery.fitting(wantedBy(intent));
    return found.some((chat) => chat.chatId === chatId) ? intent : null;
  }
}
