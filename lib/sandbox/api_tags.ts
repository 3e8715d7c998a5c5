/**
 * The company's tags and who gave them to whom (92117, 92118): a library of
 * groups, ordered by `order`, the greater first; at most 3,000 a relation.
 */
import type { ApiContext, Endpoint } from "./context.ts";
import { contactStaff, needContactRight } from "./api_contacts.ts";
import { QyError } from "./errors.ts";
import { integer, list, requiredText, strings } from "./params.ts";
import type { Tag } from "./types.ts";
import { followOf } from "./contact_core.ts";
import { CODE } from "../wecom/codes/mod.ts";

const MOST = 3_000;

function body(tag: Tag): Record<string, unknown> {
  return { id: tag.tagId, name: tag.name, order: tag.order };
}

function library({ world }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const groups = new Map<string, Tag[]>();
  for (const tag of world.state.tags.values()) {
    groups.set(tag.groupName, [...groups.get(tag.groupName) ?? [], tag]);
  }
  return {
    tag_group: [...groups].map(([name, tags]) => ({
      group_id: name,
      group_name: name,
      tag: tags.toSorted((a, b) => b.order - a.order).map(body),
    })),
  };
}

function addTags({ world, body: asked }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const groupName = requiredText(asked, "group_name");
  const tags = list(asked, "tag").map((tag) => ({
    name: requiredText(tag, "name"),
    order: integer(tag, "order", 0),
  }));
  if (tags.length === 0) throw new QyError(CODE.PARAMETER_INVALID);
  const added = tags.map((tag) => ({
    ...tag,
    id: world.run("apiAddTag", { ...tag, groupName }),
  }));
  return {
    tag_group: { group_id: groupName, group_name: groupName, tag: added },
  };
}

function mark({ world, body: asked }: ApiContext): Record<string, unknown> {
  needContactRight(world);
  const userId = requiredText(asked, "userid");
  const externalUserId = requiredText(asked, "external_userid");
  contactStaff(world, userId);
  const follow = followOf(world.state, userId, externalUserId);
  if (!follow) throw new QyError(CODE.NO_RELATION);
  const added = strings(asked, "add_tag") ?? [];
  const removed = new Set(strings(asked, "remove_tag") ?? []);
  if (added.some((tagId) => !world.state.tags.has(tagId))) {
    throw new QyError(CODE.TAG_ID_INVALID);
  }
  const tagIds = [...follow.tagIds, ...added]
    .filter((tagId) => !removed.has(tagId));
  if (new Set(tagIds).size > MOST) throw new QyError(CODE.CUSTOMER_TAGS_FULL);
  world.run("apiTags", { userId, externalUserId, tagIds });
  return {};
}

export const tagEndpoints: Readonly<Record<string, Endpoint>> = {
  "externalcontact/get_corp_tag_list": {
    method: "POST",
    empty: { tag_group: [] },
    run: library,
  },
  "externalcontact/add_corp_tag": { method: "POST", run: addTags },
  "externalcontact/mark_tag": { method: "POST", run: mark },
};
