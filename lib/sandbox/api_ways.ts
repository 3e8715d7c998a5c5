/**
 * QR codes: of groups (add_join_way, 92229) and of members (联系我, 92228).
 * chat_id_list ≤ 5; state ≤ 30, a longer remark is cut; auto_create_room defaults to 1, so a
 * caller that wants one group per order must say 0; 联系我 gives its picture at
 * once for scene 2, a group's code by get_join_way for both. An app sees the codes it made, updating overwrites everything.
 */
import type { ApiContext, Endpoint, Identity } from "./context.ts";
import { contactStaff, needContactRight } from "./api_contacts.ts";
import { QyError } from "./errors.ts";
import {
  type Body,
  integer,
  readCursor,
  requiredText,
  strings,
  text,
  writeCursor,
} from "./params.ts";
import type { Way } from "./types.ts";
import type { World } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

type NewWay = Omit<Way, "configId" | "createdAt">;

/** Members of one code (41041). */
const MOST_MEMBERS = 100;

/** Where the simulated code leads; the picture is drawn by pages. */
export function wayPicture(identity: Identity, configId: string): string {
  return `${identity.publicOrigin}/sandbox/qr/${configId}.svg`;
}

function flag(body: Body, field: string, fallback: 0 | 1): 0 | 1 {
  const value = integer(body, field, fallback);
  if (value !== 0 && value !== 1) throw new QyError(CODE.PARAMETER_INVALID);
  return value;
}

function joinWay(world: World, body: Body): NewWay {
  const scene = integer(body, "scene", 0);
  if (scene !== 1 && scene !== 2) throw new QyError(CODE.PARAMETER_INVALID);
  const chatIds = strings(body, "chat_id_list") ?? [];
  if (chatIds.length === 0 || chatIds.length > 5) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  for (const chatId of chatIds) {
    const chat = world.state.chats.get(chatId);
    if (!chat) throw new QyError(CODE.UNKNOWN_GROUP);
    if (chat.internal) throw new QyError(CODE.NOT_CUSTOMER_GROUP);
    if (chat.dismissed) throw new QyError(CODE.GROUP_DISSOLVED);
  }
  return {
    kind: "join",
    scene,
    remark: shortRemark(body),
    state: text(body, "state", 30),
    chatIds,
    userIds: [],
    autoCreateRoom: flag(body, "auto_create_room", 1),
    roomBaseName: text(body, "room_base_name", 40),
    roomBaseId: integer(body, "room_base_id", 1),
    skipVerify: true,
  };
}

function contactWay(world: World, body: Body): NewWay {
  const scene = integer(body, "scene", 0);
  const type = integer(body, "type", 0);
  if ((scene !== 1 && scene !== 2) || (type !== 1 && type !== 2)) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  const userIds = strings(body, "user") ?? [];
  if (userIds.length === 0 || (type === 1 && userIds.length > 1)) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  if (userIds.length > MOST_MEMBERS) {
    throw new QyError(CODE.CONTACT_WAY_TOO_MANY);
  }
  for (const userId of userIds) contactStaff(world, userId);
  return {
    kind: "contact",
    scene,
    remark: shortRemark(body),
    state: text(body, "state", 30),
    chatIds: [],
    userIds,
    autoCreateRoom: 0,
    roomBaseName: "",
    roomBaseId: 0,
    skipVerify: body["skip_verify"] !== false,
  };
}

/** What is longer than 30 characters is cut, not refused (92229). */
function shortRemark(body: Body): string {
  return Array.from(text(body, "remark")).slice(0, 30).join("");
}

function find({ world, body }: ApiContext, kind: Way["kind"]): Way {
  needContactRight(world);
  const way = world.state.ways.get(requiredText(body, "config_id"));
  if (way?.kind === kind) return way;
  throw new QyError(
    kind === "contact" ? CODE.CONTACT_WAY_UNKNOWN : CODE.PARAMETER_INVALID,
  );
}

function save(
  kind: Way["kind"],
  read: (world: World, body: Body) => NewWay,
): Endpoint["run"] {
  return (context) => {
    const { world, identity, body } = context;
    needContactRight(world);
    const known = "config_id" in body ? find(context, kind) : null;
    const way = read(
      world,
      kind === "contact" && known
        ? {
          type: 1,
          scene: known.scene,
          user: known.userIds,
          skip_verify: known.skipVerify,
          ...body,
        }
        : body,
    );
    const configId = world.run(
      "apiSaveWay",
      known ? { ...way, configId: known.configId } : way,
    );
    if (known) return {};
    return kind === "contact" && way.scene === 2
      ? { config_id: configId, qr_code: wayPicture(identity, configId) }
      : { config_id: configId };
  };
}

function remove(kind: Way["kind"]): Endpoint["run"] {
  return (context) => {
    context.world.run("apiDeleteWay", {
      configId: find(context, kind).configId,
    });
    return {};
  };
}

/** Of the last 90 days unless told; ids only (92228). */
function listContactWays({ world, body }: ApiContext) {
  needContactRight(world);
  const end = integer(body, "end_time", Math.ceil(world.now() / 1000));
  const start = integer(body, "start_time", end - 90 * 24 * 60 * 60);
  const limit = Math.min(integer(body, "limit", 100), 1000);
  const scope = `${start} ${end}`;
  const [from = 0] = readCursor(scope, text(body, "cursor"), [0]);
  const made = [...world.state.ways.values()].filter((way) =>
    way.kind === "contact" && way.createdAt >= start * 1000 &&
    way.createdAt <= end * 1000
  );
  const to = from + limit;
  return {
    contact_way: made.slice(from, to)
      .map((way) => ({ config_id: way.configId })),
    ...(made.length > to ? { next_cursor: writeCursor(scope, [to]) } : {}),
  };
}

export const wayEndpoints: Readonly<Record<string, Endpoint>> = {
  "externalcontact/groupchat/add_join_way": {
    method: "POST",
    empty: { config_id: "" },
    run: save("join", joinWay),
  },
  "externalcontact/groupchat/update_join_way": {
    method: "POST",
    run: save("join", joinWay),
  },
  "externalcontact/groupchat/del_join_way": {
    method: "POST",
    run: remove("join"),
  },
  "externalcontact/groupchat/get_join_way": {
    method: "POST",
    run(context) {
      const way = find(context, "join");
      return {
        join_way: {
          config_id: way.configId,
          scene: way.scene,
          remark: way.remark,
          auto_create_room: way.autoCreateRoom,
          room_base_name: way.roomBaseName,
          room_base_id: way.roomBaseId,
          chat_id_list: [...way.chatIds],
          // A picture for scene 2, the plug-in's address for scene 1 (92229).
          qr_code: wayPicture(context.identity, way.configId),
          state: way.state,
        },
      };
    },
  },
  "externalcontact/add_contact_way": {
    method: "POST",
    empty: { config_id: "", qr_code: "" },
    run: save("contact", contactWay),
  },
  "externalcontact/update_contact_way": {
    method: "POST",
    run: save("contact", contactWay),
  },
  "externalcontact/list_contact_way": {
    method: "POST",
    empty: { contact_way: [] },
    run: listContactWays,
  },
  "externalcontact/del_contact_way": { method: "POST", run: remove("contact") },
  "externalcontact/get_contact_way": {
    method: "POST",
    run(context) {
      const way = find(context, "contact");
      return {
        contact_way: {
          config_id: way.configId,
          type: way.userIds.length > 1 ? 2 : 1,
          scene: way.scene,
          remark: way.remark,
          skip_verify: way.skipVerify,
          state: way.state,
          qr_code: wayPicture(context.identity, way.configId),
          user: [...way.userIds],
        },
      };
    },
  },
};
