/**
 * Customers and who follows them. Only members in 可见范围 (60011) with 客户联系
 * (84074) give anything, and the app must be in 可调用接口的应用 (48002). `list`
 * has no paging; the batch takes ≤ 100 users and clamps `limit` to 100; numbers
 * are only in `remark_mobiles` (92113, 92114, 92115, 92994).
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { QyError } from "./errors.ts";
import {
  integer,
  readCursor,
  requiredText,
  strings,
  text,
  writeCursor,
} from "./params.ts";
import type { Customer, Follow, Staff } from "./types.ts";
import { followOf } from "./contact_core.ts";
import { pendingKey } from "./verbs_codes.ts";
import type { World } from "./world.ts";
import { CODE } from "../wecom/codes/mod.ts";

const seconds = (ms: number) => Math.floor(ms / 1000);

export function needContactRight(world: World): void {
  if (!world.settings.appCanContact) throw new QyError(CODE.APP_CANNOT_CONTACT);
}

/** A member whose contacts the app may read. */
export function contactStaff(world: World, userId: string): Staff {
  const staff = world.state.staff.get(userId);
  if (!staff) throw new QyError(CODE.UNKNOWN_MEMBER);
  if (staff.departed) throw new QyError(CODE.MEMBER_LEFT);
  if (!staff.visible) throw new QyError(CODE.OUT_OF_SCOPE);
  if (!staff.canContact) throw new QyError(CODE.NO_CONTACT_RIGHT);
  return staff;
}

function contactBody(customer: Customer): Record<string, unknown> {
  return {
    external_userid: customer.externalUserId,
    name: customer.name,
    type: customer.type,
    avatar: "",
    gender: customer.gender,
    ...(customer.type === 2
      ? {
        corp_name: customer.corpName ?? "",
        corp_full_name: customer.corpName ?? "",
        position: "",
      }
      : {}),
  };
}

function followBody(follow: Follow): Record<string, unknown> {
  return {
    userid: follow.userId,
    remark: follow.remark,
    description: follow.description,
    createtime: seconds(follow.createdAt),
    remark_mobiles: [...follow.remarkMobiles],
    add_way: follow.addWay,
    oper_userid: follow.userId,
    ...(follow.state ? { state: follow.state } : {}),
  };
}

/** 1 is a tag of the company (92114). */
function tagBody(world: World, tagId: string): Record<string, unknown> {
  const tag = world.state.tags.get(tagId);
  return {
    group_name: tag?.groupName ?? "",
    tag_name: tag?.name ?? "",
    tag_id: tagId,
    type: 1,
  };
}

function get({ world, query }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const id = query.get("external_userid") ?? "";
  if (!id) throw new QyError(CODE.PARAMETER_INVALID);
  const customer = world.state.customers.get(id);
  if (!customer) throw new QyError(CODE.UNKNOWN_CUSTOMER);
  // Half-added contacts are there for nobody yet (92277).
  const all = [...world.state.followers.get(id) ?? []];
  if (all.length === 0) throw new QyError(CODE.NO_RELATION);
  const follows = all
    .filter((userId) => {
      const staff = world.state.staff.get(userId);
      return staff?.visible && staff.canContact;
    })
    .map((userId) => followOf(world.state, userId, id))
    .filter((follow) => follow !== null)
    .sort((a, b) => a.seq - b.seq);
  if (follows.length === 0) throw new QyError(CODE.UNKNOWN_CUSTOMER);
  const [after = 0] = readCursor(id, query.get("cursor") ?? "", [0]);
  const page = follows.filter((follow) => follow.seq > after).slice(0, 500);
  const last = page.at(-1);
  const more = last !== undefined && last !== follows.at(-1);
  return {
    external_contact: contactBody(customer),
    follow_user: page.map((follow) => ({
      ...followBody(follow),
      tags: follow.tagIds.map((tagId) => tagBody(world, tagId)),
    })),
    ...(more ? { next_cursor: writeCursor(id, [last.seq]) } : {}),
  };
}

function batch({ world, body }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const userIds = strings(body, "userid_list");
  if (!userIds || userIds.length === 0 || userIds.length > 100) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  const asked = integer(body, "limit", 50);
  const limit = asked < 1 ? 50 : Math.min(asked, 100);
  // Members without 客户联系 are passed over, unless nobody is left.
  const readable = userIds.filter((userId) => {
    try {
      contactStaff(world, userId);
      return true;
    } catch (error) {
      if (error instanceof QyError && error.errcode === CODE.NO_CONTACT_RIGHT) {
        return false;
      }
      throw error;
    }
  });
  if (readable.length === 0) throw new QyError(CODE.NO_CONTACT_RIGHT);

  const scope = userIds.join("|");
  const [startUser = 0, startSeq = 0] = readCursor(
    scope,
    text(body, "cursor"),
    [0, 0],
  );
  const page: Record<string, unknown>[] = [];
  let position: [number, number] | null = null;
  let more = false;
  for (let i = startUser; i < readable.length && !more; i++) {
    // Maps keep the order of adding, so seq rises and a cursor can point into it.
    for (
      const follow of world.state.follows.get(readable[i] ?? "")?.values() ?? []
    ) {
      if (i === startUser && follow.seq <= startSeq) continue;
      if (page.length === limit) {
        more = true;
        break;
      }
      const customer = world.state.customers.get(follow.externalUserId);
      if (!customer) continue;
      page.push({
        external_contact: contactBody(customer),
        follow_info: { ...followBody(follow), tag_id: [...follow.tagIds] },
      });
      position = [i, follow.seq];
    }
  }
  return {
    external_contact_list: page,
    next_cursor: more && position ? writeCursor(scope, position) : "",
    fail_info: { unlicensed_userid_list: [] },
  };
}

function remark({ world, body }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const userId = requiredText(body, "userid");
  const externalUserId = requiredText(body, "external_userid");
  contactStaff(world, userId);
  if (!world.state.customers.has(externalUserId)) {
    throw new QyError(CODE.UNKNOWN_CUSTOMER);
  }
  const mobiles = body["remark_mobiles"] === ""
    ? []
    : strings(body, "remark_mobiles");
  const fields = {
    ...("remark" in body ? { remark: text(body, "remark", 20) } : {}),
    ...("description" in body
      ? { description: text(body, "description", 150) }
      : {}),
    ...(mobiles
      ? { remarkMobiles: mobiles.filter((mobile) => mobile !== "") }
      : {}),
  };
  const given = Object.keys(fields).length > 0 || "remark_company" in body ||
    "remark_pic_mediaid" in body;
  if (!given) throw new QyError(CODE.PARAMETER_INVALID);
  text(body, "remark_company", 20);
  if (world.state.pending.has(pendingKey({ userId, externalUserId }))) {
    throw new QyError(CODE.NO_RELATION);
  }
  world.run("apiRemark", { userId, externalUserId, ...fields });
  return {};
}

export const contactEndpoints: Readonly<Record<string, Endpoint>> = {
  "externalcontact/get_follow_user_list": {
    method: "GET",
    empty: { follow_user: [] },
    run({ world }) {
      needContactRight(world);
      const staff = [...world.state.staff.values()];
      return {
        follow_user: staff.filter((one) =>
          one.canContact && one.visible && !one.departed
        )
          .map((one) => one.userId),
      };
    },
  },
  "externalcontact/list": {
    method: "GET",
    empty: { external_userid: [] },
    run({ world, query }) {
      needContactRight(world);
      const userId = query.get("userid") ?? "";
      if (!userId) throw new QyError(CODE.PARAMETER_INVALID);
      contactStaff(world, userId);
      const ids = [...world.state.follows.get(userId)?.keys() ?? []];
      if (ids.length === 0) throw new QyError(CODE.NO_RELATION);
      return { external_userid: ids };
    },
  },
  "externalcontact/get": {
    method: "GET",
    empty: { follow_user: [] },
    run: get,
  },
  "externalcontact/batch/get_by_user": {
    method: "POST",
    empty: { external_contact_list: [], next_cursor: "" },
    run: batch,
  },
  "externalcontact/remark": { method: "POST", run: remark },
};
