/**
 * What people do with contacts: appear, add, rename, tag, delete. Each verb is a
 * pure step on the state with a time and a way to emit, so that a journal of
 * (time, verb, input) replays to the same world. `api…` verbs are writes that came
 * through the API; WeCom sends no event for those (document 96361).
 */
import {
  type AddContact,
  followOf,
  unlink,
  type VerbContext,
} from "./contact_core.ts";
import { add } from "./verbs_codes.ts";
import { QyError } from "./errors.ts";
import { nextId, nextToken } from "./ids.ts";
import type { Follow, WorldState } from "./types.ts";
import { CODE } from "../wecom/codes/mod.ts";

export interface NewCustomer {
  name: string;
  mobile?: string | null;
  type?: 1 | 2;
  gender?: 0 | 1 | 2;
  corpName?: string | null;
  scenario?: string;
}

/** A person appears in the world without knowing anybody. */
export function customerAppears(
  { state }: VerbContext,
  input: NewCustomer,
): string {
  const type = input.type ?? 1;
  const externalUserId = nextId(state, type === 1 ? "wm" : "wo");
  state.customers.set(externalUserId, {
    externalUserId,
    name: input.name,
    type,
    gender: input.gender ?? 0,
    corpName: input.corpName ?? null,
    mobile: input.mobile ?? null,
    scenario: input.scenario ?? "",
  });
  return externalUserId;
}

/** The member adds the customer (by mobile number unless told otherwise). */
export function staffAddsContact(
  context: VerbContext,
  input: AddContact,
): { welcomeCode: string | null } {
  return add(context, { addWay: 2, ...input });
}

/** The customer adds the member, e.g. by scanning a 联系我 code that carries `state`. */
export function customerAddsStaff(
  context: VerbContext,
  input: AddContact,
): { welcomeCode: string | null } {
  return add(context, { addWay: 1, ...input });
}

export interface Remark {
  userId: string;
  externalUserId: string;
  remark?: string;
  description?: string;
  /** Replaces the whole list. */
  remarkMobiles?: string[];
}

function edit(state: WorldState, input: Remark): Follow {
  const follow = followOf(state, input.userId, input.externalUserId);
  if (!follow) throw new QyError(CODE.NO_RELATION);
  if (input.remark !== undefined) follow.remark = input.remark;
  if (input.description !== undefined) follow.description = input.description;
  if (input.remarkMobiles !== undefined) {
    follow.remarkMobiles = [...input.remarkMobiles];
  }
  return follow;
}

/** Remark, numbers and description are told alike (92130). */
export function staffEditsRemark(context: VerbContext, input: Remark): void {
  edit(context.state, input);
  context.emit({
    event: "change_external_contact",
    changeType: "edit_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
  });
}

/** The same write through the API: silent. */
export function apiRemark(context: VerbContext, input: Remark): void {
  edit(context.state, input);
}

export function staffDeletesContact(
  context: VerbContext,
  input: { userId: string; externalUserId: string },
): void {
  unlink(context.state, input.userId, input.externalUserId);
  context.emit({
    event: "change_external_contact",
    changeType: "del_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
  });
}

/** The relation stays, one-way; WeCom says del_follow_user. */
export function customerDeletesStaff(
  context: VerbContext,
  input: { userId: string; externalUserId: string },
): void {
  const follow = followOf(context.state, input.userId, input.externalUserId);
  if (!follow) throw new QyError(CODE.NO_RELATION);
  follow.deletedByCustomer = true;
  context.emit({
    event: "change_external_contact",
    changeType: "del_follow_user",
    userId: input.userId,
    externalUserId: input.externalUserId,
  });
}

/** What a member writes beside a customer for the company to count by. */
export function staffTagsContact(
  context: VerbContext,
  input: { userId: string; externalUserId: string; tagIds: string[] },
): void {
  apiTags(context, input);
  context.emit({
    event: "change_external_contact",
    changeType: "edit_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
  });
}

/** The same through the API: silent. Replaces what was there. */
export function apiTags(
  { state }: VerbContext,
  input: { userId: string; externalUserId: string; tagIds: string[] },
): void {
  const follow = followOf(state, input.userId, input.externalUserId);
  if (!follow) throw new QyError(CODE.NO_RELATION);
  follow.tagIds = [...new Set(input.tagIds)];
}

/** A tag for the company's library; returns its id. */
export function apiAddTag(
  { state }: VerbContext,
  input: { name: string; groupName: string; order: number },
): string {
  const tagId = nextToken(state, 32);
  state.tags.set(tagId, { tagId, ...input });
  return tagId;
}
