/**
 * What people do with chats: a member creates one in the client (no API does),
 * people come and go, names and owners change. Each verb is a pure step on the
 * state; what of it the API shows, and when, is in chat_core.ts.
 */
import {
  addMembers,
  changed,
  CREATE_LIMIT,
  EXTERNAL_LIMIT,
  liveChat,
  nameOf,
  publish,
  removeMember,
  version,
} from "./chat_core.ts";
import { QyError } from "./errors.ts";
import { nextId } from "./ids.ts";
import type { Chat, ChatMember } from "./types.ts";
import {
  customerOf,
  followOf,
  staffOf,
  type VerbContext,
} from "./contact_core.ts";
import { CODE } from "../wecom/codes/mod.ts";

export interface CreateChat {
  /** Who runs openEnterpriseChat, and so becomes the owner. */
  userId: string;
  groupName?: string;
  userIds?: string[];
  externalUserIds?: string[];
}

/** As openEnterpriseChat does; returns the chat id. Throws on whoever may not be put in. */
export function staffCreatesChat(
  context: VerbContext,
  input: CreateChat,
): string {
  const { state, at } = context;
  const owner = staffOf(state, input.userId);
  const staff = new Set([input.userId, ...(input.userIds ?? [])]);
  const externals = new Set(input.externalUserIds ?? []);
  if (externals.size > 0 && !owner.canContact) {
    throw new QyError(CODE.NO_CONTACT_RIGHT);
  }
  if (externals.size > 0 && staff.size + externals.size > CREATE_LIMIT) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  for (const userId of staff) staffOf(state, userId);
  for (const id of externals) {
    customerOf(state, id);
    const follow = followOf(state, input.userId, id);
    if (!follow || follow.deletedByCustomer) {
      throw new QyError(CODE.NO_RELATION);
    }
  }
  const join = (id: string, type: 1 | 2): ChatMember => ({
    id,
    type,
    joinedAt: at,
    joinScene: 1,
    invitor: id === input.userId ? null : input.userId,
    state: null,
  });
  const members = [
    ...[...staff].map((id) => join(id, 1)),
    ...[...externals].map((id) => join(id, 2)),
  ];
  const chatId = nextId(state, "wr");
  const chat: Chat = {
    chatId,
    seq: state.counter,
    name: input.groupName ||
      members.slice(0, 4).map((member) => nameOf(state, member.id)).join("、"),
    owner: input.userId,
    notice: "",
    createdAt: at,
    members,
    memberVersion: "",
    status: 0,
    dismissed: false,
    internal: externals.size === 0,
    transferredAt: [],
    messages: [],
    published: [],
  };
  chat.memberVersion = version(state, chat);
  state.chats.set(chatId, chat);
  publish(context, chat);
  if (!chat.internal) {
    context.emit({
      event: "change_external_chat",
      changeType: "create",
      chatId,
    });
  }
  return chatId;
}

/** As updateEnterpriseChat does: colleagues only. Returns how many came in. */
export function staffAddsMembers(
  context: VerbContext,
  input: { chatId: string; userId: string; userIds: string[] },
): number {
  const chat = liveChat(context.state, input.chatId);
  if (!chat.members.some((member) => member.id === input.userId)) {
    throw new QyError(CODE.UNKNOWN_GROUP);
  }
  const members = [...new Set(input.userIds)].map((id): ChatMember => {
    staffOf(context.state, id);
    return {
      id,
      type: 1,
      joinedAt: context.at,
      joinScene: 1,
      invitor: input.userId,
      state: null,
    };
  });
  return addMembers(context, chat, members, 0);
}

/** A staff member puts one of the own contacts into a chat by hand. */
export function staffInvitesCustomer(
  context: VerbContext,
  input: { chatId: string; userId: string; externalUserId: string },
): number {
  const chat = liveChat(context.state, input.chatId);
  if (!followOf(context.state, input.userId, input.externalUserId)) {
    throw new QyError(CODE.NO_RELATION);
  }
  const invitor = input.userId;
  chat.internal = false;
  return addMembers(context, chat, [
    {
      id: input.externalUserId,
      type: 2,
      joinedAt: context.at,
      joinScene: 1,
      invitor,
      state: null,
    },
  ], 0);
}

export function memberLeaves(
  context: VerbContext,
  input: { chatId: string; id: string },
): void {
  removeMember(context, liveChat(context.state, input.chatId), input.id, 0);
}

export function memberRemoved(
  context: VerbContext,
  input: { chatId: string; id: string },
): void {
  removeMember(context, liveChat(context.state, input.chatId), input.id, 1);
}

export function chatRenamed(
  context: VerbContext,
  input: { chatId: string; name: string },
): void {
  const chat = liveChat(context.state, input.chatId);
  chat.name = input.name;
  changed(context, chat, { updateDetail: "change_name" });
}

/**
 * A rename and people who join, so close together that WeCom tells them as one:
 * the detail is the name's, the counts and versions are the members', and nobody
 * is named (seen in Senparc's sample of a real company).
 */
export function chatChangedTogether(
  context: VerbContext,
  input: { chatId: string; userId: string; name: string; userIds: string[] },
): number {
  const chat = liveChat(context.state, input.chatId);
  const lastMemVer = chat.memberVersion;
  const told: Parameters<VerbContext["emit"]>[0][] = [];
  const unheard = {
    ...context,
    emit: (event: typeof told[number]) => void told.push(event),
  };
  chat.name = input.name;
  const { chatId, userId, userIds } = input;
  const came = staffAddsMembers(unheard, { chatId, userId, userIds });
  changed(context, chat, {
    updateDetail: "change_name",
    ...(came > 0
      ? {
        joinScene: 0,
        memChangeCnt: came,
        lastMemVer,
        curMemVer: chat.memberVersion,
      }
      : {}),
  });
  return came;
}

export function noticeChanged(
  context: VerbContext,
  input: { chatId: string; notice: string },
): void {
  const chat = liveChat(context.state, input.chatId);
  chat.notice = input.notice;
  changed(context, chat, { updateDetail: "change_notice" });
}

/** The owner hands the chat to another member of it. */
export function ownerChanged(
  context: VerbContext,
  input: { chatId: string; owner: string },
): void {
  const chat = liveChat(context.state, input.chatId);
  staffOf(context.state, input.owner);
  if (!chat.members.some((member) => member.id === input.owner)) {
    throw new QyError(CODE.UNKNOWN_MEMBER);
  }
  chat.owner = input.owner;
  changed(context, chat, { updateDetail: "change_owner" });
}

export function chatDismissed(
  context: VerbContext,
  input: { chatId: string },
): void {
  const chat = liveChat(context.state, input.chatId);
  chat.dismissed = true;
  publish(context, chat);
  if (chat.internal) return;
  context.emit({
    event: "change_external_chat",
    changeType: "dismiss",
    chatId: chat.chatId,
  });
}

/** The customer scans a group's code; `state` of the code marks the member. Returns the chat id. */
export function customerJoinsByQr(
  context: VerbContext,
  input: { configId: string; externalUserId: string },
): string {
  const way = context.state.ways.get(input.configId);
  if (!way || way.kind !== "join") throw new QyError(CODE.PARAMETER_INVALID);
  customerOf(context.state, input.externalUserId);
  const chat = way.chatIds.map((id) => context.state.chats.get(id)).find((
    found,
  ) => found && !found.dismissed && found.members.length < EXTERNAL_LIMIT);
  if (!chat) throw new QyError(CODE.GROUP_DISSOLVED);
  chat.internal = false;
  addMembers(context, chat, [{
    id: input.externalUserId,
    type: 2,
    joinedAt: context.at,
    joinScene: 3,
    invitor: null,
    state: way.state,
  }], 3);
  return chat.chatId;
}

/** A line (or a link card) said in the chat; the API never shows messages. */
export function messageSent(
  context: VerbContext,
  input: { chatId: string; from: string; text: string },
): void {
  const { chatId, from, text } = input;
  liveChat(context.state, chatId).messages.push({ at: context.at, from, text });
}
