/**
 * How a chat changes and what of it the API sees. Every change is published only
 * `lagMs` later, since groupchat/get is stale for a while after an event
 * (document 96338). Sizes: 40 for a chat created with WeChat contacts (98429),
 * 500 for an external group.
 */
import { createHash } from "node:crypto";
import { QyError } from "./errors.ts";
import type {
  Chat,
  ChatEvent,
  ChatMember,
  ChatView,
  WorldState,
} from "./types.ts";
import type { VerbContext } from "./contact_core.ts";
import { CODE } from "../wecom/codes/mod.ts";

export const CREATE_LIMIT = 40;
export const EXTERNAL_LIMIT = 500;

export function chatOf(state: WorldState, chatId: string): Chat {
  const chat = state.chats.get(chatId);
  if (!chat) throw new QyError(CODE.UNKNOWN_GROUP);
  return chat;
}

export function liveChat(state: WorldState, chatId: string): Chat {
  const chat = chatOf(state, chatId);
  if (chat.dismissed) throw new QyError(CODE.GROUP_DISSOLVED);
  return chat;
}

/** What the API shows of a chat at `now`; null while it is not there yet. */
export function visibleView(chat: Chat, now: number): ChatView | null {
  let shown: ChatView | null = null;
  for (const { at, view } of chat.published) if (at <= now) shown = view;
  return shown;
}

export function publish({ at, lagMs }: VerbContext, chat: Chat): void {
  const view: ChatView = {
    name: chat.name,
    owner: chat.owner,
    notice: chat.notice,
    members: chat.members, // never changed in place
    memberVersion: chat.memberVersion,
    status: chat.status,
    dismissed: chat.dismissed,
  };
  // Keep the newest view already shown and those still to come.
  const current = chat.published.findLast((entry) => entry.at <= at);
  chat.published = chat.published.filter((entry) =>
    entry.at > at || entry === current
  );
  chat.published.push({ at: at + lagMs, view });
}

/**
 * A digest of who is in it, as WeCom's seem to be: it stays with a rename, and
 * comes back with the people. It has no order.
 */
export function version(state: WorldState, chat: Chat): string {
  state.counter += 1;
  const ids = chat.members.map((member) => member.id).sort();
  return createHash("md5").update([chat.chatId, ...ids].join(" "))
    .digest("hex");
}

/** The name of a member or a customer; the id when unknown. */
export function nameOf(state: WorldState, id: string): string {
  return state.staff.get(id)?.name ?? state.customers.get(id)?.name ?? id;
}

export function changed(
  context: VerbContext,
  chat: Chat,
  event: Omit<ChatEvent, "event" | "changeType" | "chatId">,
): void {
  publish(context, chat);
  if (chat.internal) return;
  context.emit({
    event: "change_external_chat",
    changeType: "update",
    chatId: chat.chatId,
    lastMemVer: chat.memberVersion,
    curMemVer: chat.memberVersion,
    ...event,
  });
}

export function addMembers(
  context: VerbContext,
  chat: Chat,
  members: ChatMember[],
  joinScene: 0 | 3,
): number {
  const present = new Set(chat.members.map((member) => member.id));
  const fresh = members.filter((member) => !present.has(member.id));
  if (fresh.length === 0) return 0;
  if (chat.members.length + fresh.length > EXTERNAL_LIMIT) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  const lastMemVer = chat.memberVersion;
  chat.members = [...chat.members, ...fresh];
  chat.memberVersion = version(context.state, chat);
  changed(context, chat, {
    updateDetail: "add_member",
    joinScene,
    memChangeCnt: fresh.length,
    memChangeList: fresh.map((member) => member.id),
    lastMemVer,
    curMemVer: chat.memberVersion,
  });
  return fresh.length;
}

export function removeMember(
  context: VerbContext,
  chat: Chat,
  id: string,
  quitScene: 0 | 1,
): void {
  if (!chat.members.some((member) => member.id === id)) {
    throw new QyError(CODE.UNKNOWN_MEMBER);
  }
  const lastMemVer = chat.memberVersion;
  chat.members = chat.members.filter((member) => member.id !== id);
  chat.memberVersion = version(context.state, chat);
  changed(context, chat, {
    updateDetail: "del_member",
    quitScene,
    memChangeCnt: 1,
    memChangeList: [id],
    lastMemVer,
    curMemVer: chat.memberVersion,
  });
}

/** API side of changing the owner; see verbs_company.ts for the rules. */
export function handOver(
  context: VerbContext,
  chat: Chat,
  newOwner: string,
  status: 0 | 3,
): void {
  const old = chat.owner;
  if (!chat.members.some((member) => member.id === newOwner)) {
    chat.members = [...chat.members, {
      id: newOwner,
      type: 1,
      joinedAt: context.at,
      joinScene: 1,
      invitor: null,
      state: null,
    }];
  }
  if (status === 3) {
    chat.members = chat.members.filter((member) => member.id !== old);
  }
  chat.owner = newOwner;
  chat.status = status;
  chat.memberVersion = version(context.state, chat);
  publish(context, chat);
}

/** The owner left the company: the chat waits for a new one. */
export function orphan(context: VerbContext, chat: Chat): void {
  chat.status = 1;
  publish(context, chat);
}

/** A colleague who left the company drops out of other people's chats. */
export function dropOut(context: VerbContext, chat: Chat, id: string): void {
  removeMember(context, chat, id, 1);
}
