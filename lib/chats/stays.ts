/**
 * Who is and was in a group. Each stay is a row: somebody who comes back gets a
 * second one, and no row is ever removed. groupchat/get tells only who is there
 * now (92122), so a stay ends when an event said so, else when an answer first
 * lacked the person. This file plans the changes, without a database.
 */
import { type GroupChat, type GroupMember, isLossy } from "../wecom/mod.ts";
import { hideNumbers } from "../contacts/phone.ts";
import { asKnown } from "./member_ids.ts";
import type { Draft, Group, NewStay, Stay } from "./stay.ts";
import { type Seen, staysOf } from "./stays_of_one.ts";
import type { Move, ToldMoves } from "./told_moves.ts";

export interface StayChange {
  readonly was: Stay;
  readonly now: Stay;
}

export interface StayChanges {
  readonly begun: readonly NewStay[];
  readonly ended: readonly StayChange[];
  /** We had believed that they were over, and they are not. */
  readonly reopened: readonly StayChange[];
  /**
   * Stays of which more is known now: when they began, how they ended, the
   * name.
   */
  readonly corrected: readonly StayChange[];
}

/**
 * What the plan is made from. `told`: from events alone, the group still
 * exists.
 */
export type Basis =
  | { readonly kind: "answer"; readonly chat: GroupChat; readAt: number }
  | { readonly kind: "told" }
  | { readonly kind: "dissolved" };

export function planStays(
  known: readonly Stay[],
  group: Group,
  basis: Basis,
  given: ToldMoves,
): StayChanges {
  const answer = basis.kind === "answer" ? basis : null;
  // Open stays give the spelling of an id, then the latest ones.
  const { members, told } = asKnown(
    [...known].sort((a, b) =>
      (b.leftAt ?? Infinity) - (a.leftAt ?? Infinity) || b.joinedAt - a.joinedAt
    ),
    answer?.chat.members ?? [],
    given,
  );
  const stays = Map.groupBy(known, (stay) => stay.memberId);
  const moves = Map.groupBy(told, (move: Move) => move.memberId);
  const everybody = new Set([
    ...stays.keys(),
    ...members.keys(),
    ...moves.keys(),
  ]);
  const drafts = [...everybody].flatMap((memberId) =>
    staysOf({
      memberId,
      known: stays.get(memberId) ?? [],
      moves: moves.get(memberId) ?? [],
      seen: seenIn(basis, members.get(memberId)),
      group,
    })
  );
  return changesOf(drafts);
}

function seenIn(basis: Basis, member: GroupMember | undefined): Seen {
  if (basis.kind !== "answer") return { kind: basis.kind };
  const { chat, readAt } = basis;
  if (member) return { kind: "present", member, readAt };
  // Some members of the answer could not be read, so this person may be there
  // still.
  return isLossy(chat) ? { kind: "told" } : { kind: "absent", readAt };
}

function changesOf(drafts: readonly Draft[]): StayChanges {
  const begun: NewStay[] = [];
  const ended: StayChange[] = [];
  const reopened: StayChange[] = [];
  const corrected: StayChange[] = [];
  for (const { was, arrivals: _, name: told, ...now } of drafts) {
    // People type numbers into their names, too.
    const name = told === null ? null : hideNumbers(told);
    if (was === null) {
      begun.push({ ...now, name });
      continue;
    }
    const { joinScene: _scene, invitor: _invitor, ...rest } = now;
    const change = {
      was,
      now: {
        ...rest,
        type: was.type,
        name: was.erased ? was.name : name ?? was.name,
      },
    };
    if (was.leftAt === null && now.leftAt !== null) ended.push(change);
    else if (was.leftAt !== null && now.leftAt === null) reopened.push(change);
    else if (isCorrected(change)) corrected.push(change);
  }
  return { begun, ended, reopened, corrected };
}

function isCorrected({ was, now }: StayChange): boolean {
  return was.joinedAt !== now.joinedAt || was.leftAt !== now.leftAt ||
    was.quitScene !== now.quitScene || was.name !== now.name ||
    was.state !== now.state;
}
