/**
 * Customer groups: list, get and transfer; no call creates one. Everything here
 * reads the published view of a chat, which lags behind the client (96338).
 * list: `limit` 1–1000 required, owner_filter ≤ 100, without it at most 1000
 * visible members (81017). The groups of somebody who left are found by naming
 * the person (92120), or, where that is 40003, by `status_filter` alone: both
 * are told of the real one.
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { needContactRight } from "./api_contacts.ts";
import { errorText, QyError } from "./errors.ts";
import {
  integer,
  object,
  readCursor,
  requiredText,
  strings,
  text,
  writeCursor,
} from "./params.ts";
import type { ChatMember } from "./types.ts";
import { nameOf, visibleView } from "./chat_core.ts";
import type { World } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

const seconds = (ms: number) => Math.floor(ms / 1000);

function list({ world, body, now }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const { state } = world;
  const limit = integer(body, "limit", 0);
  if (limit < 1 || limit > 1000) throw new QyError(CODE.PARAMETER_INVALID);
  const status = integer(body, "status_filter", 0);
  if (status < 0 || status > 3) throw new QyError(CODE.PARAMETER_INVALID);
  const named = strings(object(body, "owner_filter"), "userid_list");
  if (named && named.length > 100) throw new QyError(CODE.PARAMETER_INVALID);
  const owners = named && named.length > 0 ? new Set(named) : null;
  if (owners) {
    for (const userId of owners) {
      const staff = state.staff.get(userId);
      const unnamed = world.settings.departedOwners === "unnamed";
      if (!staff || staff.departed && unnamed) {
        throw new QyError(CODE.UNKNOWN_MEMBER);
      }
      if (!staff.visible) throw new QyError(CODE.OUT_OF_SCOPE);
    }
  } else {
    const visible = [...state.staff.values()].filter((staff) =>
      staff.visible && !staff.departed
    );
    if (visible.length > 1000) throw new QyError(CODE.TOO_MANY_OWNERS);
  }
  const scope = `${status}|${named?.join(",") ?? ""}`;
  const [after = 0] = readCursor(scope, text(body, "cursor"), [0]);
  const page: { chat_id: string; status: number }[] = [];
  let last = 0;
  let more = false;
  for (const chat of state.chats.values()) {
    if (chat.seq <= after || chat.internal) continue;
    const view = visibleView(chat, now);
    if (!view || view.dismissed) continue;
    // 0 asks for all but those of a resigned owner who was not named.
    if (status !== 0 && view.status !== status) continue;
    const owner = state.staff.get(view.owner);
    const listed = owners
      ? owners.has(view.owner)
      : !owner?.departed || status !== 0 &&
          world.settings.departedOwners === "unnamed";
    if (!owner?.visible || !listed) continue;
    if (page.length === limit) {
      more = true;
      break;
    }
    page.push({ chat_id: chat.chatId, status: view.status });
    last = chat.seq;
  }
  return {
    group_chat_list: page,
    ...(more ? { next_cursor: writeCursor(scope, [last]) } : {}),
  };
}

function memberBody(
  world: World,
  member: ChatMember,
  needName: boolean,
): Record<string, unknown> {
  return {
    userid: member.id,
    type: member.type,
    join_time: seconds(member.joinedAt),
    join_scene: member.joinScene,
    ...(member.invitor ? { invitor: { userid: member.invitor } } : {}),
    group_nickname: "",
    ...(needName ? { name: nameOf(world.state, member.id) } : {}),
    ...(member.state ? { state: member.state } : {}),
  };
}

function get({ world, body, now }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const chat = world.state.chats.get(requiredText(body, "chat_id"));
  const needName = integer(body, "need_name", 0) === 1;
  const view = chat ? visibleView(chat, now) : null;
  if (!chat || !view || !world.state.staff.get(view.owner)?.visible) {
    throw new QyError(CODE.UNKNOWN_GROUP);
  }
  if (chat.internal) throw new QyError(CODE.NOT_CUSTOMER_GROUP);
  if (view.dismissed) throw new QyError(CODE.GROUP_DISSOLVED);
  return {
    group_chat: {
      chat_id: chat.chatId,
      name: view.name,
      owner: view.owner,
      create_time: seconds(chat.createdAt),
      notice: view.notice,
      member_list: view.members.map((member) =>
        memberBody(world, member, needName)
      ),
      admin_list: [],
      member_version: view.memberVersion,
    },
  };
}

function transfer(onJob: boolean): Endpoint["run"] {
  return ({ world, body }) => {
    needContactRight(world);
    const chatIds = strings(body, "chat_id_list");
    const newOwner = requiredText(body, "new_owner");
    if (!chatIds || chatIds.length === 0 || chatIds.length > 100) {
      throw new QyError(CODE.PARAMETER_INVALID);
    }
    const failed = world.run("apiTransfer", { chatIds, newOwner, onJob });
    return {
      failed_chat_list: failed.map(({ chatId, errcode }) => ({
        chat_id: chatId,
        errcode,
        errmsg: errorText(errcode),
      })),
    };
  };
}

export const chatEndpoints: Readonly<Record<string, Endpoint>> = {
  "externalcontact/groupchat/list": {
    method: "POST",
    empty: { group_chat_list: [] },
    run: list,
  },
  "externalcontact/groupchat/get": { method: "POST", run: get },
  "externalcontact/groupchat/transfer": {
    method: "POST",
    empty: { failed_chat_list: [] },
    run: transfer(false),
  },
  "externalcontact/groupchat/onjob_transfer": {
    method: "POST",
    empty: { failed_chat_list: [] },
    run: transfer(true),
  },
};
