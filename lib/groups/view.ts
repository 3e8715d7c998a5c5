/**
 * An order's group as people see it: the recorded chat with its members, or the
 * creation that is under way. What is some seconds old is read again when somebody
 * asks for it.
 */
import type { Sql } from "../store/database.ts";
import type { Order } from "../orders/order.ts";
import type { GroupCandidate, GroupView } from "../flows/schemas.ts";
import { AppError } from "../http/errors.ts";
import type { ChatRow } from "../chats/mirror.ts";
import type { Settings } from "../settings/settings.ts";
import { nextWaiting } from "../orders/waiting.ts";
import { tellGone } from "./standing_words.ts";
import { tellGroup } from "./group_words.ts";
import { endingOf, notFound } from "./errors.ts";
import type { Groups } from "./groups.ts";
import { peopleOfGroup } from "./members.ts";
import type { Situation, UnderWay } from "./situation.ts";

export interface GroupViews {
  /**
   * Looks, and reads from WeCom what is old. `viewer`: for whom it is put in
   * words. Throws GROUP_NOT_FOUND.
   */
  get(
    order: Order,
    requestId?: string,
    viewer?: string,
  ): Promise<GroupView>;
  /** The recorded chat only, as it is recorded; null without one. */
  ofSituation(
    order: Order,
    situation: Situation,
    viewer?: string,
  ): Promise<GroupView | null>;
}

export function createGroupViews(deps: {
  sql: Sql;
  groups: Pick<Groups, "settle" | "refresh">;
  settings: Pick<Settings, "read">;
}): GroupViews {
  const { sql, groups, settings } = deps;

  async function viewChat(
    chat: ChatRow,
    order: Order,
    twins: readonly GroupCandidate[],
    viewer: string | undefined,
  ): Promise<GroupView> {
    const isLiving = chat.dismissedAt === null;
    const reader = isLiving ? viewer : undefined;
    const [people, extras] = await Promise.all([
      peopleOfGroup(sql, order, chat),
      reader === undefined ? null : extrasFor(order, reader),
    ]);
    const { ownerName, present, customerJoined, missing } = people;
    const view: GroupView = {
      chatId: chat.chatId,
      groupName: chat.name,
      status: isLiving ? "active" : "dismissed",
      owner: { wxUserId: chat.owner, name: ownerName },
      members: present.map((one) => ({
        memberId: one.memberId,
        name: one.name,
        type: one.type === "member" ? "staff" : "customer",
        joinedAt: one.joinedAt.toISOString(),
      })),
      customerJoined,
      createdAt: chat.createdAt.toISOString(),
      syncedAt: chat.syncedAt.toISOString(),
      ...(chat.ownerStatus === "normal"
        ? {}
        : { ownerStatus: chat.ownerStatus }),
      ...(isLiving && missing.length > 0 ? { missing } : {}),
      ...(twins.length > 0 ? { twins: [...twins] } : {}),
    };
    if (!isLiving) return { ...view, gone: tellGone(chat.name) };
    if (reader === undefined || extras === null) return view;
    const told = tellGroup(view, order, reader, extras);
    return { ...view, told };
  }

  async function extrasFor({ orderId }: Order, viewer: string) {
    const [{ welcome }, next] = await Promise.all([
      settings.read(),
      nextWaiting(sql, viewer, orderId),
    ]);
    return { welcome, next };
  }

  return {
    async ofSituation(order, situation, viewer) {
      if (situation.kind === "active") {
        return await viewChat(situation.chat, order, situation.twins, viewer);
      }
      return situation.kind === "dismissed"
        ? await viewChat(situation.chat, order, [], viewer)
        : null;
    },

    async get(order, requestId, viewer) {
      const options = requestId === undefined ? {} : { requestId };
      let situation = await groups.settle(order.orderId, "get", options);
      if (situation.kind === "active") {
        const chat = await groups.refresh(situation.chat);
        if (chat.dismissedAt === null) {
          return await viewChat(chat, order, situation.twins, viewer);
        }
        // The group was dissolved: the order may have another group now, or a
        // question.
        situation = await groups.settle(order.orderId, "get", options);
      }
      switch (situation.kind) {
        case "active":
          return await viewChat(situation.chat, order, situation.twins, viewer);
        case "dismissed":
          return await viewChat(situation.chat, order, [], viewer);
        case "prepared":
        case "launched":
        case "searching":
          return underWay(situation, []);
        case "question":
          if (situation.open) return underWay(situation, situation.candidates);
          throw new AppError("GROUP_NOT_FOUND", endingOf(situation) ?? {});
        default:
          throw notFound(situation);
      }
    },
  };
}

function underWay(
  { intent }: UnderWay,
  candidates: GroupCandidate[],
): GroupView {
  return {
    chatId: null,
    groupName: intent.groupName,
    status: intent.state === "prepared" || intent.state === "launched"
      ? "pending"
      : "searching",
    owner: null,
    members: [],
    customerJoined: false,
    createdAt: intent.createdAt.toISOString(),
    syncedAt: null,
    ...(candidates.length > 0 ? { candidates } : {}),
  };
}
