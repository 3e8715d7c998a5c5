/**
 * The versions of a group's members that events tell (92130): digests of who is
 * in it, so a rename leaves one as it is, and one comes back with the people.
 * Which came after which is told by the events alone.
 */
import type { ChatEvent } from "../wecom/callback/event.ts";

export type Change = Pick<
  ChatEvent,
  "at" | "lastMemberVersion" | "memberVersion"
>;

/** Do some of these changes lead from one version to the other? */
export function leads(
  changes: readonly Change[],
  from: string | null,
  to: string | null,
): boolean {
  const reached = new Set([from]);
  // A version that is added on the way is looked at in its turn.
  for (const version of reached) {
    if (version === to) return true;
    for (const one of changes) {
      if (one.lastMemberVersion === version) reached.add(one.memberVersion);
    }
  }
  return false;
}
