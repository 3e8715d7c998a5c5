/**
 * The client's native screens, one step each: what a screen shows (`x`) and what
 * happens when the person confirms it (`x/done`). openEnterpriseChat takes only
 * contacts of the person who runs it, ≤ 40 people (98429); openExistedChatWithMsg
 * and the pickers need the app's identity.
 */
import { type Refusal, refuse } from "./client_verify.ts";
import { COMPANY } from "./seed_staff.ts";
import type { PageContext } from "./context.ts";
import { type Body, idList, integer, object, text } from "./params.ts";
import { spell } from "./spelling.ts";
import type { TicketKind } from "./tokens.ts";
import type { Chat, Staff } from "./types.ts";
import type { ClientKind } from "./visitor.ts";
import { CREATE_LIMIT, nameOf } from "./chat_core.ts";
import { followOf } from "./contact_core.ts";

export interface Caller {
  context: PageContext;
  staff: Staff;
  client: ClientKind;
  /** As whom the page registered: chatId and most APIs need `agent`. */
  as: TicketKind;
  body: Body;
}

export type Step = (
  caller: Caller,
) => { ok: true; [field: string]: unknown } | Refusal;

export const NO_PERMISSION = "fail_no permission";

function person(
  { context }: Caller,
  id: string,
): { id: string; name: string; tag: string } {
  const { state } = context.world;
  const customer = state.customers.get(id);
  const from = customer?.type === 2 ? `@${customer.corpName ?? ""}` : "@微信";
  return { id, name: nameOf(state, id), tag: customer ? from : COMPANY };
}

export function chatScreen(
  caller: Caller,
  chat: Chat,
): Record<string, unknown> {
  return {
    chatId: chat.chatId,
    groupName: chat.name,
    owner: nameOf(caller.context.world.state, chat.owner),
    members: chat.members.map((member) => person(caller, member.id)),
    messages: chat.messages.slice(-20).map(({ from, text }) => ({
      from: nameOf(caller.context.world.state, from),
      text,
    })),
  };
}

/** A chat the person is in; texts as documented for chats that are no customer groups. */
export function ownChat(caller: Caller, needGroup: boolean): Chat | Refusal {
  const chat = caller.context.world.state.chats.get(
    text(caller.body, "chatId"),
  );
  if (!chat || chat.dismissed) return refuse("fail invalid chatid");
  if (!chat.members.some((member) => member.id === caller.staff.userId)) {
    return refuse("fail not in chat"); // ours
  }
  if (needGroup && chat.internal) return refuse("unsupported chat");
  return chat;
}

export const isRefusal = (value: Chat | Refusal): value is Refusal =>
  "ok" in value;

/** Checks of openEnterpriseChat; null when the chat may be made. */
/** In the company's own spelling, each person once. */
function staffIds({ context: { world }, body }: Caller, field: string) {
  const ids = idList(body, field).map((id) => spell(world.state, id));
  return [...new Set(ids)];
}

function checkCreate(
  caller: Caller,
  userIds: string[],
  externalIds: string[],
): Refusal | null {
  const { context: { world }, staff } = caller;
  if (userIds.length + externalIds.length === 0) {
    return refuse("invalid size of userids and externaluserids");
  }
  if (externalIds.length > 0 && !staff.canContact) return refuse(NO_PERMISSION);
  for (const id of userIds) {
    const colleague = world.state.staff.get(id);
    if (!colleague || colleague.departed) return refuse("fail invalid userids"); // ours
  }
  for (const id of externalIds) {
    const follow = followOf(world.state, staff.userId, id);
    if (!follow || follow.deletedByCustomer) {
      return refuse("fail invalid externaluserids"); // ours
    }
  }
  const size = new Set([staff.userId, ...userIds]).size + externalIds.length;
  if (externalIds.length > 0 && size > CREATE_LIMIT) {
    return refuse("fail exceed member limit"); // ours
  }
  return null;
}

/** Before 3.0.36 a client neither takes the id of a group nor tells it (98429). */
const isEarly = ({ client }: Caller) => client === "early" || client === "old";

const openEnterpriseChat: Step = (caller) => {
  const chatId = text(caller.body, "chatId");
  if (chatId && !isEarly(caller)) {
    if (caller.as !== "agent") return refuse(NO_PERMISSION);
    // Seen on Windows: a chat that opens on a phone is "unsupported" there.
    if (caller.client === "desktop") return refuse("unsupported chat");
    const chat = ownChat(caller, true);
    return isRefusal(chat)
      ? chat
      : { ok: true, screen: "chat", ...chatScreen(caller, chat) };
  }
  const userIds = staffIds(caller, "userIds");
  const externalIds = idList(caller.body, "externalUserIds");
  const refusal = checkCreate(caller, userIds, externalIds);
  if (refusal) return refusal;
  const members = [
    ...new Set([caller.staff.userId, ...userIds]),
    ...externalIds,
  ];
  return {
    ok: true,
    screen: "create",
    groupName: text(caller.body, "groupName"),
    members: members.map((id) => person(caller, id)),
  };
};

const createChat: Step = (caller) => {
  const { context: { world }, staff } = caller;
  const userIds = staffIds(caller, "userIds");
  const externalUserIds = idList(caller.body, "externalUserIds");
  const refusal = checkCreate(caller, userIds, externalUserIds);
  if (refusal) return refusal;
  const groupName = text(caller.body, "groupName");
  const { clientOutcome } = world.settings;
  // A guess from 92525, which speaks of 单聊: nobody has tried it.
  const people = new Set([staff.userId, ...userIds, ...externalUserIds]);
  if (clientOutcome === "one_to_one" && people.size === 2) {
    return { ok: true, oneToOne: true };
  }
  const chatId = world.run("staffCreatesChat", {
    userId: staff.userId,
    groupName,
    userIds,
    externalUserIds,
  });
  if (clientOutcome === "kill") return { ok: true, kill: true };
  // Only clients since 3.0.36 and only the app's identity get the id.
  const told = caller.as === "agent" && !isEarly(caller) &&
    clientOutcome !== "no_chat_id";
  return told ? { ok: true, chatId } : { ok: true };
};

const openExistedChatWithMsg: Step = (caller) => {
  if (caller.as !== "agent") return refuse(NO_PERMISSION);
  const message = object(caller.body, "msg");
  const link = object(message, "link");
  if (Object.keys(message).length > 0) {
    if (message["msgtype"] !== "link") {
      return refuse("fail_unsupported_msgtype");
    }
    if (!text(link, "url")) return refuse("fail_msg_link_missing_url");
  }
  const chat = ownChat(caller, false);
  if (isRefusal(chat)) return chat;
  if (text(link, "url")) {
    const said = `［链接］${text(link, "title") || text(link, "url")}`;
    caller.context.world.run("messageSent", {
      chatId: chat.chatId,
      from: caller.staff.userId,
      text: said,
    });
  }
  return { ok: true, screen: "chat", ...chatScreen(caller, chat) };
};

const updateEnterpriseChat: Step = (caller) => {
  if (caller.as !== "agent") return refuse(NO_PERMISSION);
  const chat = ownChat(caller, true);
  if (isRefusal(chat)) return chat;
  const { world } = caller.context;
  const userIds = staffIds(caller, "userIdsToAdd");
  const known = userIds.every((id) => {
    const staff = world.state.staff.get(id);
    return staff && !staff.departed;
  });
  if (userIds.length === 0 || !known) return refuse("fail invalid userids"); // ours
  world.run("staffAddsMembers", {
    chatId: chat.chatId,
    userId: caller.staff.userId,
    userIds,
  });
  return { ok: true };
};

/** Own contacts for the picker, searched by name or remark, 50 at a time. */
const selectExternalContact: Step = (caller) => {
  const { context: { world }, staff, body } = caller;
  if (
    caller.as !== "agent" || !staff.canContact || !world.settings.appCanContact
  ) {
    return refuse(NO_PERMISSION);
  }
  const wanted = text(body, "search").trim().toLowerCase();
  const limit = Math.min(Math.max(integer(body, "limit", 50), 1), 200);
  const found = [...world.state.follows.get(staff.userId)?.values() ?? []]
    .reverse()
    .filter((follow) =>
      wanted === "" || follow.remark.toLowerCase().includes(wanted) ||
      nameOf(world.state, follow.externalUserId).toLowerCase().includes(wanted)
    );
  const people = found.slice(0, limit).map((follow) => {
    const { name, tag } = person(caller, follow.externalUserId);
    const remark = follow.remark === name ? "" : follow.remark;
    return {
      id: follow.externalUserId,
      name: remark || name,
      tag: remark ? `昵称 ${name}` : tag,
    };
  });
  return { ok: true, screen: "pick", people, total: found.length };
};

const navigateToAddCustomer: Step = (caller) => {
  if (caller.as !== "agent" || !caller.staff.canContact) {
    return refuse(NO_PERMISSION);
  }
  return { ok: true, screen: "add" };
};

/** Adds whoever has this number; a stranger with the given name when nobody has. */
const addCustomer: Step = (caller) => {
  const { context: { world }, staff, body } = caller;
  const mobile = text(body, "mobile").replace(/[\s-]/g, "");
  const name = text(body, "name").trim().slice(0, 40);
  if (mobile === "" && name === "") return { ok: true, found: null };
  const known = [...world.state.customers.values()].find((one) =>
    mobile === ""
      ? one.name === name
      : one.mobile?.replace(/[\s-]/g, "") === mobile
  );
  const externalUserId = known?.externalUserId ??
    world.run("customerAppears", {
      name: name || `微信用户${mobile.slice(-4)}`,
      mobile,
    });
  world.run("staffAddsContact", {
    userId: staff.userId,
    externalUserId,
    ...(body["note"] === true && mobile ? { remarkMobiles: [mobile] } : {}),
  });
  return { ok: true, found: nameOf(world.state, externalUserId) };
};

export const clientSteps: Readonly<Record<string, Step>> = {
  openEnterpriseChat,
  "openEnterpriseChat/done": createChat,
  openExistedChatWithMsg,
  updateEnterpriseChat,
  selectExternalContact,
  "selectExternalContact/done": selectExternalContact,
  navigateToAddCustomer,
  "navigateToAddCustomer/done": addCustomer,
};
