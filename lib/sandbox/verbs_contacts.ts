/**
 * What people do with contacts: add, rename, delete. Each verb is a pure step
 * on the state with a time and a way to emit, so that a journal of (time, verb,
 * input) replays to the same world. `api…` verbs are writes that came through
 * the API; WeCom sends no event for those (document 96361).
 */
import { QyError } from "./errors.ts";
import { nextId, nextToken } from "./ids.ts";
import type {
  ContactEvent,
  Customer,
  Follow,
  Staff,
  WorldEvent,
  WorldState,
} from "./types.ts";
import type { ChatEvent, ScopeEvent } from "./types.ts";
import { CODE } from "../wecom/codes/mod.ts";

export interface VerbContext {
  state: WorldState;
  /** ms since epoch. */
  at: number;
  /** How long the API keeps showing the old chat, ms. */
  lagMs: number;
  emit(event: ContactEvent | ChatEvent | ScopeEvent): void;
}

export type Listener = (event: WorldEvent) => void;

export interface NewCustomer {
  name: string;
  mobile?: string | null;
  type?: 1 | 2;
  gender?: 0 | 1 | 2;
  corpName?: string | null;
  scenario?: string;
}

export function staffOf(state: WorldState, userId: string): Staff {
  const staff = state.staff.get(userId);
  if (!staff) throw new QyError(CODE.UNKNOWN_MEMBER);
  if (staff.departed) throw new QyError(CODE.MEMBER_LEFT);
  return staff;
}

export function customerOf(
  state: WorldState,
  externalUserId: string,
): Customer {
  const customer = state.customers.get(externalUserId);
  if (!customer) throw new QyError(CODE.UNKNOWN_CUSTOMER);
  return customer;
}

export function followOf(
  state: WorldState,
  userId: string,
  externalUserId: string,
): Follow | null {
  return state.follows.get(userId)?.get(externalUserId) ?? null;
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

export interface AddContact {
  userId: string;
  externalUserId: string;
  remark?: string;
  remarkMobiles?: string[];
  description?: string;
  /** 1 scanned a code, 2 searched the mobile number, … (document 92114). */
  addWay?: number;
  state?: string;
  tagIds?: string[];
}

/** Sets the relation without telling anybody (used by seeds). */
export function link(state: WorldState, input: AddContact, at: number): Follow {
  state.counter += 1;
  const follow: Follow = {
    seq: state.counter,
    userId: input.userId,
    externalUserId: input.externalUserId,
    remark: input.remark ?? customerOf(state, input.externalUserId).name,
    description: input.description ?? "",
    remarkMobiles: [...(input.remarkMobiles ?? [])],
    createdAt: at,
    addWay: input.addWay ?? 1,
    state: input.state ?? "",
    tagIds: [...(input.tagIds ?? [])],
    deletedByCustomer: false,
  };
  let mine = state.follows.get(input.userId);
  if (!mine) state.follows.set(input.userId, mine = new Map());
  mine.delete(input.externalUserId); // added again: goes to the end of the list
  mine.set(input.externalUserId, follow);
  let followers = state.followers.get(input.externalUserId);
  if (!followers) {
    state.followers.set(input.externalUserId, followers = new Set());
  }
  followers.add(input.userId);
  return follow;
}

function unlink(
  state: WorldState,
  userId: string,
  externalUserId: string,
): void {
  if (!followOf(state, userId, externalUserId)) {
    throw new QyError(CODE.NO_RELATION);
  }
  state.follows.get(userId)?.delete(externalUserId);
  state.followers.get(externalUserId)?.delete(userId);
}

function issueWelcome(
  { state, at }: VerbContext,
  input: { userId: string; externalUserId: string },
): string {
  const welcomeCode = nextToken(state, 43);
  const { userId, externalUserId } = input;
  state.welcomeCodes.set(welcomeCode, {
    userId,
    externalUserId,
    issuedAt: at,
    used: false,
  });
  return welcomeCode;
}

function add(
  context: VerbContext,
  input: AddContact & { welcomed?: boolean },
): { welcomeCode: string | null } {
  const { state, at } = context;
  const staff = staffOf(state, input.userId);
  customerOf(state, input.externalUserId);
  state.pending.delete(pendingKey(input));
  const known = followOf(state, input.userId, input.externalUserId);
  if (known && !known.deletedByCustomer) return { welcomeCode: null };
  if (known) {
    known.deletedByCustomer = false;
  } else {
    link(state, input, at);
  }
  if (!staff.canContact) return { welcomeCode: null }; // a plain contact: WeCom tells no app
  const welcomeCode = input.welcomed ? null : issueWelcome(context, input);
  context.emit({
    event: "change_external_contact",
    changeType: "add_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
    ...(welcomeCode ? { welcomeCode } : {}),
    ...(input.state ? { state: input.state } : {}),
  });
  return { welcomeCode };
}

export function pendingKey(
  { userId, externalUserId }: { userId: string; externalUserId: string },
): string {
  return `${userId} ${externalUserId}`;
}

/**
 * The customer scans a member's own code (92228). With 免验证 WeCom tells of a
 * half-added contact, else of nothing; both wait until the member confirms.
 */
export function customerScansContactWay(
  context: VerbContext,
  input: { configId: string; externalUserId: string },
): { userId: string; welcomeCode: string | null } {
  const { state } = context;
  const way = state.ways.get(input.configId);
  const [userId] = way?.userIds ?? [];
  if (way?.kind !== "contact" || userId === undefined) {
    throw new QyError(CODE.PARAMETER_INVALID);
  }
  const { externalUserId } = input;
  customerOf(state, externalUserId);
  const staff = staffOf(state, userId);
  const known = followOf(state, userId, externalUserId);
  if (known && !known.deletedByCustomer) return { userId, welcomeCode: null };
  const request = {
    userId,
    externalUserId,
    state: way.state,
    half: way.skipVerify,
  };
  state.pending.set(pendingKey(request), request);
  if (!way.skipVerify || !staff.canContact) {
    return { userId, welcomeCode: null };
  }
  const welcomeCode = issueWelcome(context, request);
  context.emit({
    event: "change_external_contact",
    changeType: "add_half_external_contact",
    userId,
    externalUserId,
    welcomeCode,
    ...(way.state ? { state: way.state } : {}),
  });
  return { userId, welcomeCode };
}

/** The member taps 通过: both have each other from now on. */
export function staffConfirmsContact(
  context: VerbContext,
  input: { userId: string; externalUserId: string },
): { welcomeCode: string | null } {
  const request = context.state.pending.get(pendingKey(input));
  if (!request) throw new QyError(CODE.NO_RELATION);
  const { userId, externalUserId, state, half } = request;
  // The half-added contact was welcomed already (92137).
  return add(context, {
    userId,
    externalUserId,
    addWay: 1,
    state,
    welcomed: half,
  });
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

/** Uses up a welcome code: once, within 20 s (documents 92137, 41050, 41051). */
export function apiWelcome(
  context: VerbContext,
  input: { welcomeCode: string },
): void {
  const code = context.state.welcomeCodes.get(input.welcomeCode);
  if (!code || context.at - code.issuedAt > 20_000) {
    throw new QyError(CODE.WELCOME_TOO_LATE);
  }
  if (code.used) throw new QyError(CODE.WELCOME_DELIVERED);
  code.used = true;
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

/**
 * A customer goes from one member in service to another, 24 h after it was asked
 * for (92125). The giver hears of a deletion, the taker of an addition.
 */
export function customerTransferred(
  context: VerbContext,
  input: { from: string; to: string; externalUserId: string },
): void {
  const { from, to, externalUserId } = input;
  const given = followOf(context.state, from, externalUserId);
  if (!given) throw new QyError(CODE.NO_RELATION);
  staffOf(context.state, to);
  unlink(context.state, from, externalUserId);
  context.emit({
    event: "change_external_contact",
    changeType: "del_external_contact",
    userId: from,
    externalUserId,
    source: "DELETE_BY_TRANSFER",
  });
  // Who has the customer already is told nothing.
  if (followOf(context.state, to, externalUserId)) return;
  const { remark, remarkMobiles, description, tagIds } = given;
  link(context.state, {
    userId: to,
    externalUserId,
    remark,
    remarkMobiles,
    description,
    tagIds,
    addWay: 202,
  }, context.at);
  context.emit({
    event: "change_external_contact",
    changeType: "add_external_contact",
    userId: to,
    externalUserId,
  });
}

/** The customer refuses the new member, or that one has too many (92125). */
export function customerTransferFails(
  context: VerbContext,
  input: {
    to: string;
    externalUserId: string;
    failReason: NonNullable<ContactEvent["failReason"]>;
  },
): void {
  staffOf(context.state, input.to);
  customerOf(context.state, input.externalUserId);
  context.emit({
    event: "change_external_contact",
    changeType: "transfer_fail",
    userId: input.to,
    externalUserId: input.externalUserId,
    failReason: input.failReason,
  });
}
