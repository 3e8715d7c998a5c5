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
import type { ChatEvent } from "./types.ts";
import { CODE } from "../wecom/codes/mod.ts";

export interface VerbContext {
  state: WorldState;
  /** ms since epoch. */
  at: number;
  /** How long the API keeps showing the old chat, ms. */
  lagMs: number;
  emit(event: ContactEvent | ChatEvent): void;
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

function add(
  context: VerbContext,
  input: AddContact,
): { welcomeCode: string | null } {
  const { state, at } = context;
  const staff = staffOf(state, input.userId);
  customerOf(state, input.externalUserId);
  const known = followOf(state, input.userId, input.externalUserId);
  if (known && !known.deletedByCustomer) return { welcomeCode: null };
  if (known) {
    known.deletedByCustomer = false;
  } else {
    link(state, input, at);
  }
  if (!staff.canContact) return { welcomeCode: null }; // a plain contact: WeCom tells no app
  const welcomeCode = nextToken(state, 43);
  state.welcomeCodes.set(welcomeCode, {
    userId: input.userId,
    externalUserId: input.externalUserId,
    issuedAt: at,
    used: false,
  });
  context.emit({
    event: "change_external_contact",
    changeType: "add_external_contact",
    userId: input.userId,
    externalUserId: input.externalUserId,
    welcomeCode,
    ...(input.state ? { state: input.state } : {}),
  });
  return { welcomeCode };
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

/** No event when only the mobile numbers change: the documents disagree, so nobody may rely on it. */
export function staffEditsRemark(context: VerbContext, input: Remark): void {
  edit(context.state, input);
  if (input.remark === undefined && input.description === undefined) return;
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
