/**
 * An order's group as people see it: the recorded chat with its members, or the
 * creation that is under way. What is some seconds old is read again when somebody
 * asks for it.
 */
import type { Sql } from "../store/database.ts";
import type { Log } from "../http/log.ts";
import type { Order } from "../orders/order.ts";
import type { Staff } from "../staff/staff.ts";
import type { GroupView } from "../flows/schemas.ts";
import { AppError } from "../http/errors.ts";
import { type WecomClient, WecomError } from "../wecom/mod.ts";
import { chatOfOrder, type ChatRow, presentMembers } from "../chats/mirror.ts";
import { customersOfGroup } from "./customers.ts";
import { viewCandidates } from "./candidates.ts";
import { type Ending, endingOf, notFound } from "./errors.ts";
import type { Groups } from "./groups.ts";
import { wasLookedFor } from "./expire.ts";
import { type Intent, type Intents, isLive, isOver } from "./intents.ts";
import { missingFrom } from "./missing.ts";
import { reread } from "./reread.ts";

/** How long after its end a creation is still looked for when somebody asks. */
export const LATE_MS = 24 * 60 * 60_000;

export interface GroupViews {
  /** Throws GROUP_NOT_FOUND. `fresh` reads from WeCom what is old. */
  get(order: Order, options?: { fresh?: boolean }): Promise<GroupView>;
  /** The recorded chat only; null without one. */
  ofOrder(order: Order): Promise<GroupView | null>;
  /**
   * How the order's last creation ended without a group; null when it did not,
   * was given up, or the order has had a group since.
   */
  ending(order: Order): Promise<Ending | null>;
}

export function createGroupViews(deps: {
  sql: Sql;
  wecom: WecomClient;
  staff: Staff;
  groups: Groups;
  intents: Intents;
  now: () => number;
  log: Log;
}): GroupViews {
  const { sql, staff, groups, intents, now, log } = deps;

  async function viewChat(chat: ChatRow, order: Order): Promise<GroupView> {
    const members = await presentMembers(sql, chat.chatId);
    const names = await staff.names([
      chat.owner,
      ...members.filter((one) => one.type === "member")
        .map((one) => one.memberId),
    ]);
    const customers = await customersOfGroup(sql, order, chat.chatId);
    const missing = chat.dismissedAt === null
      ? await missingFrom(sql, chat.chatId, order, customers)
      : [];
    return {
      chatId: chat.chatId,
      groupName: chat.name,
      status: chat.dismissedAt === null ? "active" : "dismissed",
      owner: {
        wxUserId: chat.owner,
        name: names.get(chat.owner) ?? chat.owner,
      },
      members: members.map((one) => ({
        memberId: one.memberId,
        name: one.type === "member"
          ? names.get(one.memberId) ?? one.name
          : one.name,
        type: one.type === "member" ? "staff" : "customer",
        joinedAt: one.joinedAt.toISOString(),
      })),
      customerJoined: members.some((one) =>
        one.type === "external" &&
        (customers.size === 0 || customers.has(one.memberId))
      ),
      createdAt: chat.createdAt.toISOString(),
      syncedAt: chat.syncedAt.toISOString(),
      ...(chat.ownerStatus === "normal"
        ? {}
        : { ownerStatus: chat.ownerStatus }),
      ...(missing.length > 0 ? { missing } : {}),
    };
  }

  async function ending(
    chat: ChatRow | null,
    intent: Intent | null,
  ): Promise<Ending | null> {
    if (!intent || !isOver(intent, now())) return null;
    const since = chat?.dismissedAt === null || chat?.boundAt &&
        chat.boundAt > intent.createdAt;
    if (since) return null;
    const found = await viewCandidates(sql, await groups.candidates(intent));
    return endingOf(intent, found);
  }

  /** Before it is said that there is none. WeCom may not answer: said too. */
  async function lookOnceMore(intent: Intent): Promise<ChatRow | null> {
    const over = now() - intent.expiresAt.getTime();
    if (wasLookedFor(intent) || over > LATE_MS) return null;
    try {
      return await groups.recover(intent, "get");
    } catch (error) {
      if (!(error instanceof WecomError)) throw error;
      const { orderId } = intent;
      log("warn", "group.not_looked", { orderId, error });
      return null;
    }
  }

  return {
    async ending({ orderId }) {
      const [chat, intent] = await Promise.all([
        chatOfOrder(sql, orderId),
        intents.newest(orderId),
      ]);
      return await ending(chat, intent);
    },

    async ofOrder(order) {
      const chat = await chatOfOrder(sql, order.orderId);
      return chat && await viewChat(chat, order);
    },

    async get(order, { fresh = true } = {}) {
      let chat = await chatOfOrder(sql, order.orderId);
      let intent = await intents.newest(order.orderId);
      if (intent && (!chat || chat.dismissedAt !== null)) {
        const found = isLive(intent, now())
          ? await groups.recover(order, "get")
          : isOver(intent, now())
          ? await lookOnceMore(intent)
          : null;
        chat = found ?? chat;
        intent = await intents.newest(order.orderId);
      }
      const live = intent && isLive(intent, now());
      const ended = await ending(chat, intent);
      if (ended) throw new AppError("GROUP_NOT_FOUND", ended);
      if (chat && (chat.dismissedAt === null || !live)) {
        return await viewChat(fresh ? await reread(deps, chat) : chat, order);
      }
      if (!intent || !live) throw notFound(intent);
      const candidates = intent.state === "searching"
        ? await viewCandidates(sql, await groups.candidates(intent))
        : [];
      return {
        chatId: null,
        groupName: intent.groupName,
        status: intent.state === "pending" ? "pending" : "searching",
        owner: null,
        members: [],
        customerJoined: false,
        createdAt: intent.createdAt.toISOString(),
        syncedAt: null,
        ...(candidates.length > 0 ? { candidates } : {}),
      };
    },
  };
}
