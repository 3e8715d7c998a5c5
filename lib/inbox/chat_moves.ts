/**
 * Who came and went, as events of one group tell it (92130). A reading shows
 * only who is there, so who came and left in between is in the events alone.
 * Events that were settled before are used too, since they help to put the
 * others in order: an event may come half an hour after one that happened
 * later.
 */
import type { Move, ToldMoves } from "../chats/told_moves.ts";
import type { ChatEvent } from "../wecom/callback/event.ts";
import type { Arrived, Recent } from "./arrived.ts";
import { placesOf } from "./versions.ts";

type Event = Arrived<ChatEvent>;

/**
 * The moves that these events tell, together with settled ones of the same
 * group.
 */
export function movesTold(
  events: readonly Event[],
  known: readonly Recent<ChatEvent>[] = [],
): ToldMoves {
  const own = new Set(events.map((one) => one.eventId));
  const settled = known.filter((one) => one.settled && !own.has(one.eventId));
  const places = placesOf([
    ...events,
    ...known.filter((one) => !own.has(one.eventId)),
  ]);
  const all = [...events, ...known];
  return [...events, ...settled].flatMap((event): Move[] => {
    const { at, membership, memberIds, joinScene, quitScene } = event;
    const place = places.get(event.eventId) ?? null;
    if (membership === "joined") {
      return memberIds.map((memberId) => ({
        kind: "joined",
        memberId,
        at,
        place,
        scene: joinScene,
        awayBy: awayAgain(event, all),
      }));
    }
    if (membership !== "left") return [];
    return memberIds.map((memberId) => ({
      kind: "left",
      memberId,
      at,
      place,
      scene: quitScene,
    }));
  });
}

/**
 * A later change began at the version from before this arrival. A version is a
 * digest of who is in the group, so who came with it had left by then.
 */
function awayAgain(arrival: Event, all: readonly Event[]): number | null {
  const { at, lastMemberVersion: before, memberVersion: after } = arrival;
  if (before === null || before === after) return null;
  const times = all.filter((one) =>
    one.lastMemberVersion === before && one.at > at
  ).map((one) => one.at);
  return times.length === 0 ? null : Math.min(...times);
}
