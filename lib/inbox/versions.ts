/**
 * The versions of a group's members in events (92130). They are digests of who
 * is in it: a rename does not change the version, and a version comes back when
 * the people do. Only the events tell which version came after which.
 */
import type { Place } from "../chats/told_moves.ts";
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

interface Known extends Change {
  readonly eventId: string;
}

interface Step extends Known {
  readonly lastMemberVersion: string;
  readonly memberVersion: string;
}

/** More changes within one second are not tried in all orders. */
const MOST = 7;

/**
 * The order of the changes within one second, by event, if their versions form
 * exactly one chain. A version comes back with the people, so a chain may close
 * to a ring: then it begins at the version that the changes before had led to.
 */
export function placesOf(changes: readonly Known[]): Map<string, Place> {
  const steps = changes.filter(isStep);
  const places = new Map<string, Place>();
  for (const [at, told] of Map.groupBy(steps, (one) => one.at)) {
    if (told.length < 2 || told.length > MOST) continue;
    const chains = chainsOf(told);
    const isSure = chains.length === 1;
    const [only] = isSure ? chains : fitting(chains, steps, at);
    only?.forEach(({ eventId }, index) =>
      places.set(eventId, { chain: String(at), index, isSure })
    );
  }
  return places;
}

function isStep(change: Known): change is Step {
  const { lastMemberVersion: from, memberVersion: to } = change;
  return from !== null && to !== null && from !== to;
}

/**
 * All orders in which each change starts from the version that the one before
 * led to.
 */
function chainsOf(
  steps: readonly Step[],
  from: string | null = null,
): Step[][] {
  if (steps.length === 0) return [[]];
  return steps.flatMap((first) => {
    if (from !== null && first.lastMemberVersion !== from) return [];
    const rest = steps.filter((one) => one !== first);
    return chainsOf(rest, first.memberVersion).map((chain) => [
      first,
      ...chain,
    ]);
  });
}

/**
 * The only chain that starts from what came before, or leads to what came
 * after.
 */
function fitting(
  chains: readonly Step[][],
  steps: readonly Step[],
  at: number,
): Step[][] {
  const before = steps.filter((one) => one.at < at);
  const after = steps.filter((one) => one.at > at);
  const begin = new Set(ends(before, "max").map((one) => one.memberVersion));
  const end = new Set(ends(after, "min").map((one) => one.lastMemberVersion));
  const fits = chains.filter((chain) =>
    begin.has(chain[0]?.lastMemberVersion ?? "") ||
    end.has(chain.at(-1)?.memberVersion ?? "")
  );
  return fits.length === 1 ? fits : [];
}

/** The changes of the last second, or of the first. */
function ends(steps: readonly Step[], side: "min" | "max"): Step[] {
  const at = Math[side](...steps.map((one) => one.at));
  return steps.filter((one) => one.at === at);
}
