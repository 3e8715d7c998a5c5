/**
 * Who is who in a group. Customers' ids are exact, userids of staff ignore case,
 * and groupchat/get, events and our own rows each spell them in their own way.
 * An event does not even say which of the two an id is (92130).
 */
import { type UserKey, userKey } from "../staff/user_id.ts";
import type { GroupMember } from "../wecom/mod.ts";
import type { ToldMoves } from "./told_moves.ts";

export interface KnownMember {
  readonly userId: string;
  readonly type: "member" | "external";
}

/** Customers' ids begin with wm or wo; userids are chosen freely. */
const CUSTOMER = /^w[mo]/;

/**
 * Gives ids the spelling that is known: of staff by the normal form, the first
 * one counts; of customers, and of who is not known, the one given.
 */
function spellAs(
  known: Iterable<KnownMember>,
): (userId: string, type?: KnownMember["type"]) => string {
  const customers = new Set<string>();
  const staff = new Map<UserKey, string>();
  for (const { userId, type } of known) {
    const key = userKey(userId);
    if (type === "external") customers.add(userId);
    else if (!staff.has(key)) staff.set(key, userId);
  }
  return (userId, type) =>
    type === "external" || customers.has(userId)
      ? userId
      : staff.get(userKey(userId)) ?? userId;
}

/**
 * An answer and what events told, with one spelling for a person in all stays:
 * the one that the mirror has already.
 */
export function asKnown(
  stays: readonly { memberId: string; type: KnownMember["type"] }[],
  members: readonly GroupMember[],
  told: ToldMoves,
): { members: Map<string, GroupMember>; told: ToldMoves } {
  const known = stays.map(({ memberId, type }) => ({ userId: memberId, type }));
  // Who came and went in between is in neither.
  const unseen = told.filter(({ memberId }) => !CUSTOMER.test(memberId))
    .map(({ memberId }) => ({ userId: memberId, type: "member" as const }));
  const spell = spellAs([...known, ...members, ...unseen]);
  return {
    members: new Map(members.map((one) => {
      const userId = spell(one.userId, one.type);
      return [userId, { ...one, userId }];
    })),
    told: told.map((one) => ({ ...one, memberId: spell(one.memberId) })),
  };
}

/**
 * A key to compare ids by of which it is not told whose they are: by their looks,
 * but for those that are known.
 */
export function memberKeys(
  known: Iterable<KnownMember>,
): (userId: string) => string {
  const members = [...known];
  const customers = new Set(
    members.filter((one) => one.type === "external").map((one) => one.userId),
  );
  const staff = new Set(
    members.filter((one) => one.type === "member")
      .map((one) => userKey(one.userId)),
  );
  return (userId) => {
    if (customers.has(userId)) return userId;
    const key = userKey(userId);
    return staff.has(key) || !CUSTOMER.test(userId) ? key : userId;
  };
}
