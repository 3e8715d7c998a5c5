/**
 * What all verbs about contacts stand on: who is who, and who has whom. Nothing
 * here tells anybody.
 */
import { QyError } from "./errors.ts";
import type {
  ChatEvent,
  ContactEvent,
  Customer,
  Follow,
  ScopeEvent,
  Staff,
  WorldEvent,
  WorldState,
} from "./types.ts";
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

export function unlink(
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
