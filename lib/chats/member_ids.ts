/**
 * Which ids in a group mean the same person. Customers' ids are exact, userids
 * of staff ignore case, and groupchat/get, events and our own rows each may
 * spell them differently. An event does not even say whether an id is a
 * customer's or a member of staff's (92130).
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
 * Answers how to spell an id: userids of staff as the first known one with the
 * same normal form; customers' ids, and ids that are not known, as given.
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
 * Spells each person in an answer and in the moves that events told as the
 * mirror does already, so that all stays of one person have one id.
 */
export function asKnown(
  stays: readonly { memberId: string; type: KnownMember["type"] }[],
  members: readonly GroupMember[],
  told: ToldMoves,
): { members: Map<string, GroupMember>; told: ToldMoves } {
  const known = stays.map(({ memberId, type }) => ({ userId: memberId, type }));
  // Somebody who came and went in between is neither in the mirror nor in the
  // answer.
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
 * A key to compare ids by, where nothing says whether an id is a customer's:
 * known ids by what is known, others by how they look.
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
